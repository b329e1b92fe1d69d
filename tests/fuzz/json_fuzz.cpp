// The JSON reader of scripts and messages. What it takes, the strict scanner of the call's socket
// takes as well, and every string can be written and read back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "json_reader.hpp"
#include "json_scanner.hpp"
#include "utf8.hpp"

namespace {

void require(bool ok) {
  if (!ok) std::abort();
}

// Returns the depth of nesting.
int check(const jackfield::JsonValue& value) {
  require(value.where.line > 0 && value.where.column > 0);
  if (value.is(jackfield::JsonValue::Kind::kString)) {
    require(jackfield::is_utf8(value.string));
    const auto again = jackfield::parse_json(jackfield::quote_json(value.string));
    require(again.value && again.value->string == value.string);
  }
  int deepest = 0;
  for (const auto& item : value.items) deepest = std::max(deepest, check(item));
  for (const auto& member : value.members) {
    require(value.find(member.key) == &member.value);
    deepest = std::max(deepest, check(member.value));
  }
  return deepest + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto result = jackfield::parse_json(text);
  if (!result.value) {
    require(result.where.line > 0 && result.where.column > 0 && !result.error.empty());
    return 0;
  }
  const int depth = check(*result.value);
  require(depth <= jackfield::kMaxJsonDepth);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  twilio::JsonScanner scanner{text};
  if (depth < twilio::JsonScanner::kMaxDepth)
    require(scanner.skip_value() && scanner.next() == twilio::JsonToken::kEnd);
  return 0;
}
