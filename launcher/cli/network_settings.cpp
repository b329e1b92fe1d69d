#include "cli/network_settings.hpp"

#include <string>

#include "cli/console.hpp"
#include "serve/tls_certificate.hpp"

namespace jackfield::cli {

bool read_network_settings(const RunOptions& options, NetworkSettings& settings) {
  if (!parse_listen_address(options.server.listen, settings.listen)) {
    print_error("'" + options.server.listen +
                "' is no address to listen on; it looks like 127.0.0.1:8080 or [::1]:8080");
    return false;
  }
  for (const std::string& proxy : options.server.trusted_proxies) {
    if (settings.trusted_proxies.add(proxy)) continue;
    print_error("'" + proxy +
                "' is no address for --trusted-proxy; it looks like 10.0.0.7 or 10.0.0.0/8");
    return false;
  }
  settings.limits.connections = options.server.max_pending;
  settings.limits.per_address = options.server.max_pending_per_address;
  return true;
}

gstpp::GObjectPtr<GTlsCertificate> certificate_of(const RunOptions& options) {
  std::string warning;
  std::string error;
  auto certificate =
      load_certificate(options.server.tls_certificate, options.server.tls_key, warning, error);
  for (const std::string& text : {warning, error}) {
    if (!text.empty()) print_error(text);
  }
  return certificate;
}

}  // namespace jackfield::cli
