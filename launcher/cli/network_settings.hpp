// What the options say about the one port: where to listen, who is believed, with which
// certificate. Errors are told on the terminal.
#pragma once

#include <gio/gio.h>

#include "cli/run_options.hpp"
#include "plugins/common/gstpp.hpp"
#include "serve/http_server.hpp"
#include "serve/network_address.hpp"

namespace jackfield::cli {

struct NetworkSettings {
  ListenAddress listen;
  TrustedNetworks trusted_proxies;
  HttpLimits limits;
};

// False after saying what is wrong.
bool read_network_settings(const RunOptions& options, NetworkSettings& settings);

// Of --tls-certificate and --tls-key; null after saying what is wrong.
gstpp::GObjectPtr<GTlsCertificate> certificate_of(const RunOptions& options);

}  // namespace jackfield::cli
