// A preprocessor for redocly: it copies `default` and `x-default` to `example`, so that the rules
// for examples check them too.
export default function plugin() {
  const enter = (schema) => {
    const value = schema['x-default'] ?? schema.default;
    if (value !== undefined && schema.example === undefined) schema.example = value;
  };
  const preprocessor = () => ({ Schema: { enter } });
  return { id: 'proxy-orders', preprocessors: { oas3: { 'defaults-are-examples': preprocessor } } };
}
