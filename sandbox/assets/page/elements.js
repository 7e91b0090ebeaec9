// Making elements. Text only ever becomes text: nothing here, or in the scripts that use this, parses markup out of data.

/** An element with properties, and with children that are elements or text. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (property.startsWith("data-") || property.startsWith("aria-") || property === "scope") {
      made.setAttribute(property, value);
    } else {
      made[property] = value;
    }
  }
  made.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return made;
}
