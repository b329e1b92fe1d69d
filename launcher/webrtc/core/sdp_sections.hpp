// A session description (SDP, RFC 8866), or a fragment of one (RFC 8840), as the lines and
// attributes it consists of. What they mean is read elsewhere. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::webrtc::sdp {

inline constexpr std::size_t kMaxMediaLines = 16;  // browsers with a camera have three

struct Attribute {
  std::string_view name, value;
};

// One "m=" with what belongs to it, or what stands before the first.
struct Section {
  std::string_view media, protocol, formats;
  unsigned port = 0;
  std::vector<Attribute> attributes;

  std::optional<std::string_view> find(std::string_view name) const;
  std::string_view mid() const { return find("mid").value_or(""); }
};

// Views into the text that was split.
struct Sections {
  Section session;
  std::vector<Section> media;
};

// What is wrong with the text, for people; nullopt: nothing. Empty lines are left out, lines other
// than "m=" and "a=" are only looked at for their form. The text may be empty.
std::optional<std::string> split(std::string_view text, Sections& out);

}  // namespace jackfield::webrtc::sdp
