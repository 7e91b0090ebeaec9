package scenario;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;

/** An amount, which comes as a number or as text. */
public record Money(@JsonValue BigDecimal amount) {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public Money {}

  /** What the generated clients call for a query. No operation asks for an amount there. */
  public String toUrlQueryString(String name) {
    return name + amount;
  }
}
