// Base64, by the decoder of the call and by the simulator's: they agree, and what they take is
// written back as it was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base64.hpp"
#include "simulate/core/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  std::vector<std::uint8_t> out(jackfield::base64_decoded_max(size));
  const auto bytes = jackfield::base64_decode(text, out);
  const auto other = jackfield::simulate::base64_decode(text);
  if (bytes.has_value() != other.has_value()) std::abort();
  if (!bytes) return 0;
  out.resize(*bytes);
  if (out != *other) std::abort();
  std::string again;
  jackfield::base64_append(again, out);
  if (again != text) std::abort();
  again.clear();
  jackfield::simulate::base64_append(again, out);
  if (again != text) std::abort();
  if (!out.empty() && jackfield::base64_decode(text, std::span{out}.first(out.size() - 1)))
    std::abort();
  return 0;
}
