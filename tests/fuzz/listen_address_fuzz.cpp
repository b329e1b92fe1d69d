// --listen: what is taken is an address with a port, and reads back from its own text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "serve/network_address.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  jackfield::ListenAddress address;
  if (!jackfield::parse_listen_address(text, address)) return 0;
  jackfield::ListenAddress again;
  if (!jackfield::parse_listen_address(address.text(), again)) std::abort();
  if (again.host != address.host || again.port != address.port) std::abort();
  address.is_loopback();
  address.is_any();
  return 0;
}
