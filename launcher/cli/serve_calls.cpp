#include "cli/serve_calls.hpp"

#include <cstdio>
#include <optional>
#include <utility>

#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/run_loop.hpp"
#include "platform/signals.hpp"
#include "serve/phone_service.hpp"
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
  const bool exposed = !listen.is_loopback() || !options.public_url.empty();
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

bool fill_in(const RunOptions& options, PhoneService::Config& config) {
  if (!parse_listen_address(options.listen, config.listen)) {
    print_error("'" + options.listen +
                "' is no address to listen on; it looks like 127.0.0.1:8080 or [::1]:8080");
    return false;
  }
  for (const std::string& proxy : options.trusted_proxies) {
    if (config.trusted_proxies.add(proxy)) continue;
    print_error("'" + proxy +
                "' is no address for --trusted-proxy; it looks like 10.0.0.7 or 10.0.0.0/8");
    return false;
  }
  if (!exposure_allowed(config.listen, options, !config.auth_token.empty())) return false;
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
  auto certificate = load_certificate(options.tls_certificate, options.tls_key, warning, error);
  for (const std::string& text : {warning, error}) {
    if (!text.empty()) print_error(text);
  }
  return certificate;
}

void print_addresses(const PhoneService& service, const RunOptions& options, bool checked) {
  std::printf("  voice webhook  %s\n", styled(stdout, Style::kBold, service.voice_url()).c_str());
  std::printf("  media stream   %s%s\n", service.media_url().c_str(),
              service.media_url().starts_with("wss:")
                  ? ""
                  : "  (Twilio itself insists on wss: use --public-url https://...)");
  std::printf("  requests       %s\n",
              checked ? "must be signed with the account's auth token"
              : options.insecure
                  ? "from anybody are answered (--insecure)"
                  : "of this machine only are answered; TWILIO_AUTH_TOKEN is not set");
  std::printf("  try it         jackfield simulate %s\n", service.voice_url().c_str());
  std::printf("  at most %u calls at a time; Ctrl+C lets them finish, twice stops at once\n",
              options.max_calls);
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

int serve_calls(const RunOptions& options, Secret auth_token, SessionManager& sessions,
                SessionRegistry& registry, EventLog& events) {
  const bool checked = !auth_token.empty();
  PhoneService::Config config{.listen = {},
                              .public_url = options.public_url,
                              .auth_token = std::move(auth_token),
                              .certificate = {},
                              .trusted_proxies = {},
                              .limits = {.connections = options.max_pending,
                                         .per_address = options.max_pending_per_address},
                              .calls = options.calls,
                              .drain_seconds = options.drain,
                              .check_tokens = !options.insecure};
  if (!fill_in(options, config)) return kExitUsage;
  const bool tls = !options.tls_certificate.empty();
  if (tls) {
    config.certificate = certificate_of(options);
    if (!config.certificate) return kExitUsage;
  }

  RunLoop loop;
  PhoneService service{std::move(config), sessions, registry, [&] { loop.quit(); }};
  service.set_on_refused([&](Refusal why, const std::string& detail, std::uint64_t count) {
    note_refusal(events, why, detail, count);
  });
  std::string error;
  if (!service.open(error)) {
    print_error(error);
    return kExitUnavailable;
  }
  events.note("listening", {{"url", service.voice_url()}, {"address", service.address()}});
  if (!options.quiet) print_addresses(service, options, checked);
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
          std::printf("stopping: calls may finish within %u s\n", options.drain),
              std::fflush(stdout);
        events.note("stopping", {});
        service.stop();
      },
      options.drain);
  note_totals(events, service.refusals());
  return kExitOk;
}

}  // namespace jackfield::cli
