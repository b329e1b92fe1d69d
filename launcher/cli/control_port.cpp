#include "cli/control_port.hpp"

#include <utility>

#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/exposure.hpp"
#include "cli/served_lines.hpp"
#include "serve/health_path.hpp"

namespace jackfield::cli {

ControlPort::ControlPort(const RunOptions& options, const CallSecrets& secrets,
                         NetworkSettings network, const Line& line, SessionRegistry& registry)
    : options_(options),
      network_(std::move(network)),
      http_(network_.limits),
      console_(http_),
      control_({.access = {.token = secrets.get(kApiToken),
                           .exposed = cli::is_exposed(network_.listen, options),
                           .public_url = options.server.public_url,
                           .refused =
                               [this](Refusal why, const std::string&) {
                                 refusals_.add(why, g_get_monotonic_time() * 1000);
                               }},
                .max_sessions = 1,
                .recordings = options.server.recordings,
                .scenarios = scenarios_beside({&line}, options),
                .runs = {.why_not = "this jackfield runs one pipeline, " + line.file.path() +
                                    "; one that serves calls can start others besides",
                         .variables = {},
                         .recordings = {},
                         .audit_log = {},
                         .observe = {}}},
               http_, registry, refusals_) {
  http_.set_trusted_proxies(std::move(network_.trusted_proxies));
  http_.set_on_refused([this](Refusal why, const std::string& detail) {
    if (const auto count = refusals_.add(why, g_get_monotonic_time() * 1000))
      print_error("refused: " + detail);
  });
  add_health_paths(http_, registry);
}

std::unique_ptr<ControlPort> ControlPort::open(const RunOptions& options,
                                               const CallSecrets& secrets, const Line& line,
                                               SessionManager& sessions, SessionRegistry& registry,
                                               int& code) {
  code = kExitUsage;
  NetworkSettings network;
  if (!read_network_settings(options, network)) return nullptr;
  const Secret token = secrets.get(kApiToken);
  if (!api_token_is_good(token)) return nullptr;
  if (cli::is_exposed(network.listen, options) && token.empty()) {
    print_error(
        (network.listen.is_loopback() ? "--public-url" : "listening on " + network.listen.text()) +
        std::string{" needs JACKFIELD_API_TOKEN, which callers of the control API show\n  "} +
        kApiTokenAdvice + "\n  or stay on 127.0.0.1");
    return nullptr;
  }
  gstpp::GObjectPtr<GTlsCertificate> certificate;
  const bool tls = !options.server.tls_certificate.empty();
  if (tls && !(certificate = certificate_of(options))) return nullptr;
  std::unique_ptr<ControlPort> port{
      new ControlPort{options, secrets, std::move(network), line, registry}};
  port->http_.set_certificate(certificate.get());
  port->control_.add_line(view_of(line, options.server), sessions);
  std::string error;
  if (!port->http_.listen(port->network_.listen, error)) {
    print_error(error +
                "\n  another program may use the port; choose one with --listen ADDRESS:PORT");
    code = kExitUnavailable;
    return nullptr;
  }
  port->url_ = options.server.public_url.empty()
                   ? (tls ? "https://" : "http://") + port->network_.listen.text()
                   : options.server.public_url;
  if (tls)
    port->reload_.emplace([raw = port.get()] {
      // A certificate that cannot be read leaves the one that is used.
      if (const auto again = certificate_of(raw->options_)) raw->http_.set_certificate(again.get());
    });
  return port;
}

}  // namespace jackfield::cli
