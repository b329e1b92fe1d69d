#include "cli/serve_calls.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/run_loop.hpp"
#include "platform/signals.hpp"
#include "serve/call_service.hpp"
#include "serve/phone_lines.hpp"
#include "serve/tls_certificate.hpp"

namespace jackfield::cli {
namespace {

// Nobody may place calls from outside unless requests are checked to be Twilio's.
bool exposure_allowed(const ListenAddress& listen, const RunOptions& options, bool checked) {
  if (checked && options.insecure) {
    print_error(
        "--insecure and TWILIO_AUTH_TOKEN contradict each other: requests are checked, or not\n"
        "  leave --insecure out, or set TWILIO_AUTH_TOKEN to nothing (TWILIO_AUTH_TOKEN= jackfield "
        "run ...)");
    return false;
  }
  const bool exposed = !listen.is_loopback() || !options.server.public_url.empty();
  if (!exposed || checked || options.insecure) return true;
  print_error(
      (listen.is_loopback() ? "--public-url" : "listening on " + listen.text()) +
      " would let anybody who finds the address place calls: TWILIO_AUTH_TOKEN is not set, so "
      "requests cannot be checked to be Twilio's\n"
      "  put the primary auth token of your Twilio account (console.twilio.com, Account info) into "
      "a file .env: TWILIO_AUTH_TOKEN=...\n"
      "  or add --insecure if you want it open to everybody, or stay on 127.0.0.1");
  return false;
}

bool fill_in(const RunOptions& options, bool checked, CallService::Config& config) {
  if (!parse_listen_address(options.server.listen, config.listen)) {
    print_error("'" + options.server.listen +
                "' is no address to listen on; it looks like 127.0.0.1:8080 or [::1]:8080");
    return false;
  }
  for (const std::string& proxy : options.server.trusted_proxies) {
    if (config.trusted_proxies.add(proxy)) continue;
    print_error("'" + proxy +
                "' is no address for --trusted-proxy; it looks like 10.0.0.7 or 10.0.0.0/8");
    return false;
  }
  if (!exposure_allowed(config.listen, options, checked)) return false;
  if (config.listen.is_any() && config.public_url.empty()) {
    print_error("listening on " + config.listen.text() +
                " needs --public-url: the address that callers reach it at");
    return false;
  }
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

// A line and the sessions of its calls.
struct Served {
  const Line& line;
  LineSessionRegistry registry;
  SessionManager sessions;

  Served(const Line& served, const ServerSettings& settings, SessionRegistry& all)
      : line(served),
        registry(all, served.conf.max_calls.value_or(settings.max_calls)),
        sessions({.line = served.name,
                  .file = served.file,
                  .variables = served.variables,
                  .recordings = settings.recordings,
                  .keep_only_calls = true,
                  .limits = limits_of(served, settings),
                  .desk = false},
                 registry) {}

 private:
  static SessionLimits limits_of(const Line& line, const ServerSettings& settings) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    return {.start_within = settings.start_timeout * kSecond,
            .max_call = line.conf.max_call_duration.value_or(settings.max_call_duration) * kSecond};
  }
};
using ServedLines = std::vector<std::unique_ptr<Served>>;

// Which line is reached how, when there are several.
void print_lines(const ServedLines& lines, const PhoneLines& phone) {
  std::size_t width = 0;
  for (const auto& served : lines) width = std::max(width, served->line.name.size());
  for (const auto& served : lines) {
    const Line& line = served->line;
    std::string numbers;
    for (const std::string& number : line.conf.numbers)
      numbers += (numbers.empty() ? "" : ", ") + number;
    std::printf("  %s%s  %s/%s%s  (%s)\n", styled(stdout, Style::kBold, line.name).c_str(),
                std::string(width - line.name.size(), ' ').c_str(), phone.voice_url().c_str(),
                line.name.c_str(), numbers.empty() ? "" : ("  " + numbers).c_str(),
                line.file.path().c_str());
  }
}

void print_addresses(const ServedLines& lines, const PhoneLines& phone, const RunOptions& options,
                     bool checked) {
  std::printf("  voice webhook  %s\n", styled(stdout, Style::kBold, phone.voice_url()).c_str());
  const std::string media = phone.media_url(lines.size() > 1 ? "NAME" : lines.front()->line.name);
  std::printf("  media stream   %s%s\n", media.c_str(),
              media.starts_with("wss:")
                  ? ""
                  : "  (Twilio itself insists on wss: use --public-url https://...)");
  if (lines.size() > 1) print_lines(lines, phone);
  std::printf("  requests       %s\n",
              checked ? "must be signed with the account's auth token"
              : options.insecure
                  ? "from anybody are answered (--insecure)"
                  : "of this machine only are answered; TWILIO_AUTH_TOKEN is not set");
  std::printf("  try it         jackfield simulate %s\n", phone.voice_url().c_str());
  std::printf("  at most %u calls at a time; Ctrl+C lets them finish, twice stops at once\n",
              options.server.max_calls);
  std::fflush(stdout);
}

void note_refusal(EventLog& events, Refusal why, const std::string& detail, std::uint64_t count) {
  print_error("refused: " + detail + (count > 1 ? " (" + std::to_string(count) + " times)" : ""));
  events.note("refused",
              {{"reason", refusal_name(why)}, {"text", detail}, {"count", std::to_string(count)}});
}

void note_totals(EventLog& events, const Refusals& refusals) {
  for (std::size_t i = 0; i < kRefusals; ++i) {
    const auto why = static_cast<Refusal>(i);
    if (refusals.count(why) > 0)
      events.note("refused-in-all",
                  {{"reason", refusal_name(why)}, {"count", std::to_string(refusals.count(why))}});
  }
}

}  // namespace

int serve_calls(const RunOptions& options, Secret auth_token, const std::vector<Line>& lines,
                EventLog& events, const std::function<void(SessionManager&)>& observe) {
  const bool checked = !auth_token.empty();
  const ServerSettings& settings = options.server;
  CallService::Config config{.listen = {},
                             .public_url = settings.public_url,
                             .certificate = {},
                             .trusted_proxies = {},
                             .limits = {.connections = settings.max_pending,
                                        .per_address = settings.max_pending_per_address},
                             .calls = options.calls,
                             .drain_seconds = settings.drain};
  if (!fill_in(options, checked, config)) return kExitUsage;
  const bool tls = !settings.tls_certificate.empty();
  if (tls) {
    config.certificate = certificate_of(options);
    if (!config.certificate) return kExitUsage;
  }

  LocalSessionRegistry registry{settings.max_calls};
  ServedLines served;
  std::vector<SessionManager*> sessions;
  std::vector<PhoneLines::Line> phone_lines;
  for (const Line& line : lines) {
    Served& one = *served.emplace_back(std::make_unique<Served>(line, settings, registry));
    observe(one.sessions);
    sessions.push_back(&one.sessions);
    phone_lines.push_back({.route = {line.name, line.conf.numbers},
                           .sessions = &one.sessions,
                           .registry = &one.registry});
  }
  RunLoop loop;
  CallService service{std::move(config), std::move(sessions), registry, [&] { loop.quit(); }};
  PhoneLines phone{service, std::move(phone_lines), std::move(auth_token), !options.insecure};
  service.set_on_refused([&](Refusal why, const std::string& detail, std::uint64_t count) {
    note_refusal(events, why, detail, count);
  });
  std::string error;
  if (!service.open(error)) {
    print_error(error);
    return kExitUnavailable;
  }
  phone.opened();
  events.note("listening", {{"url", phone.voice_url()}, {"address", service.address()}});
  if (!options.quiet) print_addresses(served, phone, options, checked);
  std::optional<ReloadSignal> reload;
  if (tls) {
    reload.emplace([&] {
      // A certificate that cannot be read leaves the one that is used.
      const auto certificate = certificate_of(options);
      if (certificate) service.set_certificate(certificate.get());
      events.note(certificate ? "certificate-read" : "certificate-kept", {});
    });
  }
  loop.run(
      [&] {
        if (!service.stopping() && !options.quiet)
          std::printf("stopping: calls may finish within %u s\n", settings.drain),
              std::fflush(stdout);
        events.note("stopping", {});
        service.stop();
      },
      settings.drain);
  note_totals(events, service.refusals());
  return kExitOk;
}

}  // namespace jackfield::cli
