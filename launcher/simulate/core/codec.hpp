// Base64 (RFC 4648, with padding, no white space).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::simulate {

void base64_append(std::string& out, std::span<const std::uint8_t> bytes);
// Nothing when the text is not base64.
std::optional<std::vector<std::uint8_t>> base64_decode(std::string_view text);

}  // namespace jackfield::simulate
