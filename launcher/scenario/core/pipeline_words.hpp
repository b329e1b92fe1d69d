// A reading of pipeline text that keeps the places: which elements with which properties. It builds
// nothing; gst_parse_launch has the last word on what is valid. It exists because the errors of
// gst_parse_launch have no position, and to see what a scenario needs (a listener, a device).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scenario/core/pipeline_text.hpp"

namespace jackfield {

struct PropertyUse {
  std::string name;
  std::string value;                       // without quotes and escapes
  std::vector<std::size_t> value_origins;  // offset in the text of each character of `value`
  std::size_t name_offset = 0;
  std::size_t value_offset = 0;
};

struct ElementUse {
  std::string factory;
  std::size_t offset = 0;
  std::vector<PropertyUse> properties;

  const PropertyUse* find(std::string_view property) const;
};

// "name." or "name.pad": an element that stands elsewhere in the text.
struct ReferenceUse {
  std::string name;
  std::size_t offset = 0;
};

struct PipelineWords {
  std::vector<ElementUse> elements;  // in the order of the text; bins by their parts

  std::vector<ReferenceUse> references;

  const ElementUse* find(std::string_view factory) const;
  // References to names that no element has.
  std::vector<TextError> unknown_references() const;
};

// Fails for what no pipeline can contain: a link to nothing, a property before any element, an
// unclosed bin.
std::variant<PipelineWords, TextError> read_pipeline_words(std::string_view text);

// "mulawdec0" for "mulawdec": the name GStreamer gives an element without one.
bool is_default_name(std::string_view name, std::string_view factory);

// What the supervisor does with a scenario, by what its text contains.
enum class ScenarioKind {
  kOnce,    // runs by itself
  kPhone,   // a twiliosrc that waits for a connection from the supervisor
  kWebRtc,  // a webrtcbin, which needs signalling
  kRoom,    // a duckingmixer with seats: a conference
};
ScenarioKind kind_of(const PipelineWords& words);
// What the mixer of a room says about its seats; nullptr where there is none.
const PropertyUse* seats_of(const PipelineWords& words);
// "phone", "browser", "conference", "once", as records and the control API have it.
const char* kind_word(ScenarioKind kind);

}  // namespace jackfield
