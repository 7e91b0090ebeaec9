package scenario;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.stream.Collectors;

/** Answers to a product's questions, one per question id: a plain object in a body, {@code name[id]=answer} in a query. */
public class Answers extends LinkedHashMap<String, Object> {
  public Answers with(String question, Object answer) {
    put(question, answer);
    return this;
  }

  /** What the generated client calls for a query. */
  public String toUrlQueryString(String name) {
    return entrySet().stream()
        .map(entry -> encoded(name + "[" + entry.getKey() + "]") + "=" + encoded(String.valueOf(entry.getValue())))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
