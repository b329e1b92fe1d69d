// The Range of a request for a file (RFC 9110, section 14). Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace jackfield {

struct ByteRange {
  enum class Kind {
    kWhole,           // no range, or one that may be ignored: everything is to be sent
    kPart,            // `first` to `last`, both included
    kNotSatisfiable,  // it begins behind the end of the file
  };
  Kind kind = Kind::kWhole;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

// What to send of a file of `size` bytes. One range only: of several the whole file is sent, as
// for everything that is no range of bytes.
ByteRange read_byte_range(std::string_view header, std::uint64_t size);

// Whether the Range counts: there is no If-Range, or it has this (strong) entity tag.
bool range_counts(std::string_view if_range, std::string_view entity_tag);

}  // namespace jackfield
