// jackfield tail [ID...]
#include <glib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/server_options.hpp"
#include "client/core/session_choice.hpp"
#include "client/core/tail_flow.hpp"
#include "client/core/tail_view.hpp"
#include "client/event_reader.hpp"
#include "client/session_list.hpp"
#include "json_members.hpp"
#include "platform/signals.hpp"
#include "platform/terminal.hpp"
#include "plugins/common/gstpp.hpp"
#include "terminal/core/terminal_text.hpp"
#include "text/json_text.hpp"

namespace jackfield::cli {
namespace {

using namespace client;

constexpr unsigned kUsualColumns = 80;
constexpr std::size_t kMostOver = 1000;  // calls that are over and may be named

struct Options {
  ServerOptions server;
  std::vector<std::string> ids;
  bool json = false;
};

// Writes lines, and under them one that changes in place when this is a terminal.
class Output {
 public:
  explicit Output(bool json) : terminal_(!json && is_terminal(stdout)) {}

  bool has_interim() const { return terminal_; }
  void print(const std::string& text) {
    clear();
    std::printf("%s\n", text.c_str());
  }
  void print(const StyledRow& row) { print(vt_text(row, text_columns(row.text()), colours_)); }
  void set_interim(const StyledRow& row) {
    clear();
    if (row.spans.empty()) return;
    std::fputs(vt_text(row, columns(), colours_).c_str(), stdout);
    shown_ = true;
  }
  // One less than there are: at the last one terminals break the line.
  std::size_t columns() const {
    const unsigned all = terminal_size(stdout).columns;
    return (all > 1 ? all : kUsualColumns) - 1;
  }
  void clear() {
    if (std::exchange(shown_, false)) std::fputs("\r\033[K", stdout);
  }
  // False: nobody reads it any more.
  bool flush() { return std::fflush(stdout) == 0 && !std::ferror(stdout); }

 private:
  const bool terminal_;
  const bool colours_ = has_colours(stdout);
  bool shown_ = false;
};

class Tail {
 public:
  Tail(const ApiClient& client, std::vector<std::string> ids, bool json)
      : client_(client),
        named_(ids.begin(), ids.end()),
        ids_(std::move(ids)),
        json_(json),
        output_(json),
        loop_(g_main_loop_new(nullptr, FALSE)) {}

  int run() {
    EventReader reader{
        client_,
        {.sessions = ids_, .events = {"session-opened", "session-ended", "transcript", "turn"}},
        {.subscribed = [this](const JsonValue& message) { subscribed(read_sessions(message)); },
         .event = [this](const JsonValue& message) { event(message); },
         .lost = [this](const Answer& problem, bool final) { lost(problem, final); }}};
    const StopSignals signals{[this] { g_main_loop_quit(loop_.get()); }};
    g_main_loop_run(loop_.get());
    output_.clear();
    output_.flush();
    return code_;
  }

 private:
  void subscribed(const std::vector<Session>& running) {
    if (std::exchange(lost_, false)) note(client_.name() + " is there again");
    show_rows(view_.running(running));
    // Of calls that were named everything is of interest; of others, what was said while nobody
    // listened.
    for (const Session& session : running)
      if (named_.contains(session.id) || followed_.contains(session.id))
        ask_for(session.id, session.line);
    for (const Session& session : running) followed_.insert(session.id);
    for (const std::string& id : ids_)
      if (!view_.is_running(id) && !over_.contains(id)) {
        over_.insert(id);
        ask_for(id, "");
      }
    finish();
  }

  void ask_for(const std::string& id, const std::string& line) {
    flow_.hold(id);
    asked_[id] = client_.get_later(
        "/api/v1/sessions/" + id + "/transcript", [this, id, line](const Answer& answer) {
          for (const JsonValue& message : flow_.release(id, line, answer.json)) show(message);
          asked_.erase(id);
          finish();
        });
  }

  void event(const JsonValue& message) {
    for (const JsonValue& shown : flow_.event(message)) show(shown);
    finish();
  }

  void show(const JsonValue& message) {
    const std::string name = string_member(message, "event");
    const std::string id = string_member(message, "session");
    if (name == "session-opened") followed_.insert(id);
    if (name == "session-ended") {
      followed_.erase(id);
      over_.insert(id);
    }
    const auto rows = view_.event(message);
    if (!json_) return show_rows(rows);
    const JsonValue* data = object_member(message, "data");
    const bool interim = name == "transcript" && data && !true_member(*data, "final");
    if (!interim) output_.print(clean_terminal_json(json_text(message)));
  }

  void show_rows(const std::vector<StyledRow>& rows) {
    if (json_) return;
    for (const StyledRow& row : rows) output_.print(row);
  }

  // What of the last messages is to be seen now; and whether that was all there will be.
  void finish() {
    if (output_.has_interim()) output_.set_interim(view_.interim(output_.columns()));
    const bool over = !ids_.empty() && asked_.empty() &&
                      std::all_of(ids_.begin(), ids_.end(),
                                  [this](const auto& id) { return over_.contains(id); });
    if (!output_.flush() || over) g_main_loop_quit(loop_.get());
  }

  void lost(const Answer& problem, bool final) {
    output_.clear();
    output_.flush();
    if (final) {
      code_ = report_failure(problem);
      return g_main_loop_quit(loop_.get());
    }
    if (!std::exchange(lost_, true))
      note(problem.problem.substr(0, problem.problem.find('\n')) + "; trying again");
  }

  static void note(const std::string& text) {
    std::fprintf(stderr, "%s\n", styled(stderr, Style::kYellow, text).c_str());
  }

  const ApiClient& client_;
  const std::set<std::string> named_;
  const std::vector<std::string> ids_;
  const bool json_;
  Output output_;
  const std::unique_ptr<GMainLoop, gstpp::FreeWith<g_main_loop_unref>> loop_;
  TailFlow flow_;
  TailView view_;
  std::set<std::string> followed_;  // those that run and were seen
  std::set<std::string> over_;      // of those that were named
  std::map<std::string, PendingAnswerPtr> asked_;
  bool lost_ = false;
  int code_ = kExitOk;
};

int tail(const Options& options) {
  const auto client = find_server(options.server);
  if (!client) return kExitUsage;
  Answer failure;
  const auto running = list_sessions(*client, {.state = "running"}, failure);
  if (!running) return report_failure(failure);
  SessionChoice choice = choose_sessions(running->sessions, options.ids, "is running");
  if (!choice.problems.empty()) {
    // Perhaps one that is over.
    const auto all = list_sessions(*client, {.most = kMostOver}, failure);
    if (!all) return report_failure(failure);
    std::vector<Session> known = running->sessions;
    for (const Session& session : all->sessions)
      if (session.ended()) known.push_back(session);
    choice = choose_sessions(known, options.ids, "is running or in the records");
    for (const std::string& problem : choice.problems) print_error(problem);
    if (!choice.problems.empty()) return kExitFailed;
  }
  if (options.ids.empty() && is_terminal(stderr))
    std::fprintf(
        stderr, "%s\n",
        styled(stderr, Style::kDim, "following all calls of " + client->name() + "; Ctrl+C ends")
            .c_str());
  return Tail{*client, choice.ids, options.json}.run();
}

}  // namespace

void add_tail(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("tail", "Follows what is said in the calls of a running server");
  command->add_option("ID", options->ids,
                      "The calls, by the beginnings of their ids, from what was said first to "
                      "their ends (default: all, from now on)");
  command->add_flag("--json", options->json, "Print JSON, an event a line");
  add_server_options(*command, options->server);
  command->callback([options, &exit_code] { exit_code = tail(*options); });
}

}  // namespace jackfield::cli
