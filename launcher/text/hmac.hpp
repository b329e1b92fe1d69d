// HMAC-SHA256 (RFC 2104, FIPS 180-4), in lower-case hexadecimal.
#pragma once

#include <string>
#include <string_view>

namespace jackfield {

std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace jackfield
