#include "cli/serve_calls.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "callers/caller_files.hpp"
#include "cli/audio_option.hpp"
#include "cli/browser_settings.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/exposure.hpp"
#include "cli/network_settings.hpp"
#include "cli/run_loop.hpp"
#include "cli/served_lines.hpp"
#include "cli/served_people.hpp"
#include "cli/task_service.hpp"
#include "conference/room_directory.hpp"
#include "control/control.hpp"
#include "functions/session_functions.hpp"
#include "platform/signals.hpp"
#include "serve/browser_lines.hpp"
#include "serve/call_service.hpp"
#include "serve/phone_lines.hpp"
#include "tasks/task_functions.hpp"
#include "webpage/console_page.hpp"

namespace jackfield::cli {
namespace {

bool fill_in(const RunOptions& options, const Callers& callers, CallService::Config& config) {
  NetworkSettings network;
  if (!read_network_settings(options, network)) return false;
  config.listen = network.listen;
  config.trusted_proxies = std::move(network.trusted_proxies);
  config.limits = network.limits;
  if (!exposure_allowed(config.listen, options, callers)) return false;
  if (config.listen.is_any() && config.public_url.empty()) {
    print_error("listening on " + config.listen.text() +
                " needs --public-url: the address that callers reach it at");
    return false;
  }
  return true;
}

// The parts of a server that are there when there are lines for them.
struct Parts {
  std::optional<PhoneLines> phone;
  std::optional<BrowserLines> browser;
};

void print_telephone(const ServedLines& lines, const PhoneLines& phone, const RunOptions& options,
                     bool checked) {
  const auto first = std::find_if(lines.begin(), lines.end(),
                                  [](const auto& served) { return served->by_telephone(); });
  const bool several = std::count_if(lines.begin(), lines.end(),
                                     [](const auto& served) { return served->by_telephone(); }) > 1;
  const std::string media = phone.media_url(several ? "NAME" : (*first)->line.name);
  std::printf("  voice webhook  %s\n", styled(stdout, Style::kBold, phone.voice_url()).c_str());
  std::printf("  media stream   %s%s\n", media.c_str(),
              media.starts_with("wss:")
                  ? ""
                  : "  (Twilio itself insists on wss: use --public-url https://...)");
  std::printf("  requests       %s\n",
              checked ? "must be signed with the account's auth token"
              : options.insecure
                  ? "from anybody are answered (--insecure)"
                  : "of this machine only are answered; TWILIO_AUTH_TOKEN is not set");
  std::printf("  try it         jackfield simulate %s\n", phone.voice_url().c_str());
}

void print_browser(const ServedLines& lines, const BrowserLines& browser,
                   const ListenAddress& listen, const RunOptions& options, bool need_token) {
  const bool several = std::count_if(lines.begin(), lines.end(), [](const auto& served) {
                         return served->from_browsers();
                       }) > 1;
  const std::string page = browser.page_url() + (several ? "/NAME" : "");
  std::printf("  browser call   %s\n", styled(stdout, Style::kBold, page).c_str());
  std::printf("  signalling     %s\n", browser.signal_url().c_str());
  std::printf("  WHIP           %s%s\n", browser.whip_url().c_str(), several ? "/NAME" : "");
  const bool local = !is_exposed(listen, options);
  std::printf("  callers        %s\n", need_token ? "need a token: jackfield token makes them"
                                       : options.insecure
                                           ? "from anywhere are answered (--insecure)"
                                           : "of this machine only are answered");
  if (!local && !browser.page_url().starts_with("https:"))
    std::printf(
        "                 (browsers give microphones to pages of https or of their own machine "
        "only: use --public-url https://... or --tls-certificate)\n");
}

void print_addresses(const ServedLines& lines, const Parts& parts, const CallService& service,
                     const ListenAddress& listen, const RunOptions& options, bool checked,
                     bool need_token, bool need_api_token) {
  if (parts.phone) print_telephone(lines, *parts.phone, options, checked);
  if (parts.browser) print_browser(lines, *parts.browser, listen, options, need_token);
  if (lines.size() > 1)
    print_lines(lines, [&](const ServedLine& served) {
      std::string address;
      if (served.by_telephone()) address = parts.phone->voice_url() + "/" + served.line.name;
      if (served.from_browsers())
        address +=
            (address.empty() ? "" : "  ") + parts.browser->page_url() + "/" + served.line.name;
      return address;
    });
  print_console(service.base(), is_exposed(listen, options), need_api_token);
  if (lines.empty()) return static_cast<void>(std::fflush(stdout));
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

void note_listening(EventLog& events, const CallService& service, const Parts& parts) {
  EventLog::Fields fields{{"url", parts.phone     ? parts.phone->voice_url()
                                  : parts.browser ? parts.browser->page_url()
                                                  : service.base() + "/"},
                          {"address", service.address()}};
  if (parts.browser) {
    fields.emplace_back("page", parts.browser->page_url());
    fields.emplace_back("signal", parts.browser->signal_url());
    fields.emplace_back("whip", parts.browser->whip_url());
  }
  events.note("listening", fields);
}

void tell_addresses(SessionDirectory& directory, const ServedLines& lines, const Parts& parts) {
  for (const auto& served : lines) {
    const std::string below = lines.size() > 1 ? "/" + served->line.name : "";
    const std::string& name = served->line.name;
    const std::string page = served->from_browsers() ? parts.browser->page_url() + below : "";
    directory.set_line_address(name,
                               served->by_telephone() ? parts.phone->voice_url() + below
                                                      : parts.browser->signal_url() + below,
                               page);
  }
}

BrowserLines::Line browser_line(ServedLine& served) {
  BrowserLines::Line line{
      .name = served.line.name, .sessions = &*served.browser, .registry = &served.registry};
  if (!served.conference) return line;
  line.room_size = served.line.room_size();
  line.admit = [conference = served.conference.get()](webrtc::CallRequest& request,
                                                      std::string& code, std::string& text) {
    // Who names no room has one that is called like the peer.
    const std::string key = request.room == request.peer ? "" : request.room;
    conference::Choice choice;
    const conference::Outcome outcome = conference->choose(key, request.room_of_token, choice);
    if (outcome.ok()) {
      request.room = choice.text();
      return true;
    }
    code = outcome.code;
    text = outcome.message;
    return false;
  };
  return line;
}

// Its rooms and agents end when those have gone who sit in them.
void open_conference(ServedLine& served, CallService& service, conference::RoomDirectory& rooms) {
  for (const ServedLine::Sessions& of_line : served.sessions()) {
    if (!of_line.calls) service.add_followers(*of_line.sessions);
  }
  rooms.add_line(*served.conference);
  served.conference->set_on_trouble(
      [&service](const std::string& text) { service.refused(Refusal::kFailed, text); });
}

std::map<std::string, std::string, std::less<>> directories_of(const ServedLines& lines,
                                                               const ServerSettings& settings) {
  std::map<std::string, std::string, std::less<>> files;
  for (const auto& served : lines) {
    const std::string file = directory_of(served->line, settings);
    if (!file.empty()) files.emplace(served->line.name, file);
  }
  return files;
}

void note_relay(EventLog& events, const webrtc::TurnVerdict& verdict) {
  if (verdict.good) return;
  const std::string text = verdict.text + (verdict.advice.empty() ? "" : "; " + verdict.advice);
  print_warning(text);
  events.note("warning", {{"text", text}});
}

TaskFunctions::Lines tasks_of_lines(const std::vector<Line>& lines) {
  TaskFunctions::Lines tasks;
  for (const Line& line : lines) tasks[line.name] = line.conf.tasks;
  return tasks;
}

void note_task(EventLog& events, const TaskRun& run) {
  const char* const name = run.ended ? "task-ended" : run.started ? "task-started" : "task-waiting";
  events.note(name, {{"run", std::to_string(run.id)},
                     {"task", run.task},
                     {"started-by", run.started_by},
                     {"session", run.session},
                     {"outcome", run.outcome}});
}

}  // namespace

int serve_calls(const RunOptions& options, const CallSecrets& secrets, const Lines& all,
                EventLog& events, const std::function<void(SessionManager&)>& observe) {
  const std::vector<Line>& lines = all.all;
  const ServerSettings& settings = options.server;
  Callers callers{.auth_token = secrets.get(kAuthToken), .token_secret = secrets.get(kTokenSecret)};
  for (const Line& line : lines) {
    callers.by_telephone = callers.by_telephone || line.by_telephone();
    callers.from_browsers = callers.from_browsers || line.from_browsers();
  }
  CallService::Config config{.listen = {},
                             .public_url = settings.public_url,
                             .certificate = {},
                             .trusted_proxies = {},
                             .limits = {},
                             .calls = options.calls,
                             .drain_seconds = settings.drain};
  if (!fill_in(options, callers, config) || !api_token_is_good(secrets.get(kApiToken)))
    return kExitUsage;
  const ListenAddress listen = config.listen;
  std::optional<BrowserLines::Config> browser;
  if (callers.from_browsers) {
    browser = browser_settings(options, lines, listen, secrets);
    if (!browser) return kExitUsage;
  }
  const bool need_token = browser && browser->require_token;
  const bool tls = !settings.tls_certificate.empty();
  if (tls) {
    config.certificate = certificate_of(options);
    if (!config.certificate) return kExitUsage;
  }

  LocalSessionRegistry registry{settings.max_calls};
  ServedLines served;
  std::vector<SessionManager*> sessions;
  std::vector<PhoneLines::Line> phone_lines;
  std::vector<BrowserLines::Line> browser_lines;
  for (const Line& line : lines) {
    ServedLine& one = *served.emplace_back(std::make_unique<ServedLine>(line, settings, registry));
    for (const ServedLine::Sessions& of_line : one.sessions()) {
      observe(*of_line.sessions);
      if (of_line.calls) sessions.push_back(of_line.sessions);
    }
    if (one.phone)
      phone_lines.push_back({.route = {line.name, line.conf.numbers},
                             .sessions = &*one.phone,
                             .registry = &one.registry});
    if (one.browser) browser_lines.push_back(browser_line(one));
  }
  SessionFunctions functions;
  functions.set_on_trouble([&](const std::string& session, const std::string& text) {
    print_warning("session " + session + ": " + text);
    events.note("warning", {{"session", session}, {"text", text}});
  });
  for (const auto& one : served)
    for (const ServedLine::Sessions& of_line : one->sessions())
      functions.add_sessions(*of_line.sessions);
  RunLoop loop;
  CallService service{std::move(config), std::move(sessions), registry, [&] { loop.quit(); }};
  const auto people = serve_people(options, secrets, all, served, service, functions, events);
  if (!people) return kExitUsage;
  conference::RoomDirectory rooms;
  for (const auto& one : served) {
    if (one->conference) open_conference(*one, service, rooms);
  }
  std::unique_ptr<TaskService> tasks;
  std::optional<TaskFunctions> task_functions;
  if (!all.tasks.empty()) {
    tasks = TaskService::open(all, settings, observe);
    if (!tasks) return kExitUnavailable;
    service.add_others(tasks->runs());
    task_functions.emplace(tasks_of_lines(lines), tasks->runs(), functions);
    functions.add(*task_functions);
  }
  const ConsolePage console{service.http()};
  std::vector<const Line*> line_list;
  for (const Line* line : all.with_tasks()) line_list.push_back(line);
  Control control{
      {.access = {.token = secrets.get(kApiToken),
                  .exposed = is_exposed(listen, options),
                  .public_url = settings.public_url,
                  .refused = [&](Refusal why,
                                 const std::string& detail) { service.refused(why, detail); }},
       .max_sessions = settings.max_calls,
       .recordings = settings.recordings,
       .scenarios = scenarios_beside(line_list, options, all.conf ? all.conf->folder() : ""),
       .runs = {.why_not = {},
                .variables = variables_for(options.preset),
                .recordings = settings.recordings,
                .audit_log = settings.audit_log,
                .observe = observe}},
      service.http(),
      registry,
      service.refusals()};
  for (const auto& one : served) {
    control.add_line(view_of(one->line, settings));
    for (const ServedLine::Sessions& of_line : one->sessions())
      control.add_sessions(of_line.kind, of_line.scenario, of_line.calls, *of_line.sessions);
  }
  if (rooms.any()) control.set_rooms(&rooms);
  CallerFiles caller_files{{.by_line = directories_of(served, settings),
                            .retention_days = settings.caller_retention,
                            .trouble = [&](const std::string& text) {
                              print_warning(text);
                              events.note("warning", {{"text", text}});
                            }}};
  control.set_callers(&caller_files);
  if (caller_files.any() && callers.by_telephone && callers.auth_token.empty())
    print_warning(
        "callers on the telephone stay unknown: without TWILIO_AUTH_TOKEN nobody vouches "
        "for their numbers");
  if (tasks) {
    control.set_tasks(tasks->runs(), tasks->scheduler());
    tasks->runs().add_listener([&](const TaskRun& run) { note_task(events, run); });
    tasks->scheduler().set_on_trouble([&](const std::string& text) {
      print_warning(text);
      events.note("warning", {{"text", text}});
    });
  }
  control.set_questions(&people->questions);
  service.add_others(control.runs());
  Parts parts;
  const bool checked = !callers.auth_token.empty();
  if (callers.by_telephone)
    parts.phone.emplace(service, std::move(phone_lines), std::move(callers.auth_token),
                        !options.insecure);
  if (browser) parts.browser.emplace(service, std::move(browser_lines), *std::move(browser));
  service.set_on_refused([&](Refusal why, const std::string& detail, std::uint64_t count) {
    note_refusal(events, why, detail, count);
  });
  service.set_on_stop([&] {
    if (parts.browser) parts.browser->stop_new();
    if (tasks) tasks->scheduler().end();
  });
  std::string error;
  if (!service.open(error)) {
    print_error(error);
    return kExitUnavailable;
  }
  if (parts.phone) parts.phone->opened();
  people->opened(service, parts.phone ? &*parts.phone : nullptr);
  tell_addresses(control.directory(), served, parts);
  note_listening(events, service, parts);
  if (!options.quiet)
    print_addresses(served, parts, service, listen, options, checked, need_token,
                    !secrets.get(kApiToken).empty());
  if (parts.browser)
    parts.browser->probe_relays(
        [&](const webrtc::TurnVerdict& verdict) { note_relay(events, verdict); });
  if (tasks) tasks->scheduler().begin();
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
