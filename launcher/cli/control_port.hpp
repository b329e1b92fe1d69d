// The control API and the console of a pipeline that runs by itself, when --listen was given. Main
// thread.
#pragma once

#include <memory>
#include <optional>

#include "cli/call_secrets.hpp"
#include "cli/exposure.hpp"
#include "cli/lines.hpp"
#include "cli/network_settings.hpp"
#include "control/control.hpp"
#include "platform/signals.hpp"
#include "serve/core/refusals.hpp"
#include "webpage/console_page.hpp"

namespace jackfield::cli {

class ControlPort {
 public:
  // Listens. All must outlive it. nullptr after saying what is wrong, and the exit code in `code`.
  static std::unique_ptr<ControlPort> open(const RunOptions& options, const CallSecrets& secrets,
                                           const Line& line, SessionManager& sessions,
                                           SessionRegistry& registry, int& code);

  // "http://127.0.0.1:8080"
  const std::string& url() const { return url_; }
  std::string address() const { return network_.listen.text(); }
  bool is_exposed() const { return cli::is_exposed(network_.listen, options_); }

 private:
  ControlPort(const RunOptions& options, const CallSecrets& secrets, NetworkSettings network,
              const Line& line, SessionRegistry& registry);

  const RunOptions& options_;
  NetworkSettings network_;
  Refusals refusals_;
  HttpServer http_;
  ConsolePage console_;
  Control control_;
  std::optional<ReloadSignal> reload_;
  std::string url_;
};

}  // namespace jackfield::cli
