// Pipeline files: variables filled in, then read word by word. Every error has a place in the text,
// and every character of the result comes from one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "scenario/core/nearest.hpp"
#include "scenario/core/pipeline_text.hpp"
#include "scenario/core/pipeline_words.hpp"
#include "scenario/core/source_position.hpp"
#include "scenario/core/variables.hpp"

using namespace jackfield;

namespace {

void require(bool ok) {
  if (!ok) std::abort();
}

void check_error(const TextError& error, std::string_view text) {
  require(error.offset <= text.size() && !error.message.empty());
  const std::string shown = describe_error("f.gst", text, error.offset, error.message, error.hint);
  require(shown.starts_with("f.gst:") && !shown.ends_with('\n'));
}

void read_words(std::string_view text) {
  const auto read = read_pipeline_words(text);
  if (const auto* error = std::get_if<TextError>(&read)) return check_error(*error, text);
  const auto& words = std::get<PipelineWords>(read);
  kind_of(words);
  for (const TextError& error : words.unknown_references()) check_error(error, text);
  for (const ElementUse& element : words.elements) {
    require(!element.factory.empty() && element.offset < text.size());
    for (const PropertyUse& property : element.properties) {
      require(property.value_origins.size() == property.value.size());
      require(property.name_offset < text.size() && property.value_offset <= text.size());
      for (const std::size_t origin : property.value_origins) require(origin < text.size());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all{reinterpret_cast<const char*>(data), size};
  // Behind the first NUL, if there is one, the value of every variable with an even name.
  const std::size_t nul = all.find('\0');
  const std::string_view source = all.substr(0, nul);
  const std::string value{nul == std::string_view::npos ? "v" : all.substr(nul + 1)};
  const auto expanded =
      expand_pipeline_text(source, [&](std::string_view name) -> std::optional<std::string> {
        require(is_variable_name(name));
        if (name.size() % 2 != 0) return std::nullopt;
        return value;
      });
  read_words(source);
  parse_assignment(source);
  did_you_mean(std::string{source.substr(0, 40)}, {"fakesink", "fakesrc", "audiotestsrc"});
  if (const auto* error = std::get_if<TextError>(&expanded)) {
    check_error(*error, source);
    return 0;
  }
  const auto& text = std::get<PipelineText>(expanded);
  require(text.origins.size() == text.text.size());
  for (const std::size_t origin : text.origins) require(origin <= source.size());
  read_words(text.text);
  return 0;
}
