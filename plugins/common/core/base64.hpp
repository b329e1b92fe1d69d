// Base64 as RFC 4648 section 4 has it: padded, no line breaks, nothing else tolerated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jackfield {

// The most bytes that `characters` of base64 can hold.
constexpr size_t base64_decoded_max(size_t characters) { return characters / 4 * 3; }

// Decodes into `out` and returns the number of bytes; std::nullopt when the text is not base64 or
// `out` is too small.
std::optional<size_t> base64_decode(std::string_view text, std::span<uint8_t> out) noexcept;

void base64_append(std::string& out, std::span<const uint8_t> bytes);

}  // namespace jackfield
