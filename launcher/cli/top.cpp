// jackfield top
#include <glib.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/server_options.hpp"
#include "client/core/live_view.hpp"
#include "client/core/top_screen.hpp"
#include "client/event_reader.hpp"
#include "platform/signals.hpp"
#include "platform/terminal.hpp"
#include "plugins/common/gstpp.hpp"
#include "terminal/core/key_reader.hpp"
#include "terminal/core/screen_painter.hpp"

namespace jackfield::cli {
namespace {

using namespace client;

constexpr guint kLeastPaintMs = 100;  // between two pictures, whatever happens
constexpr guint kPaintMs = 1000;      // durations go on
constexpr guint kAskSeconds = 5;      // for what no event tells
constexpr guint kLoneEscapeMs = 60;   // behind which it is the key
constexpr unsigned kUsualColumns = 80, kUsualRows = 24;

double now_ms() { return static_cast<double>(g_get_monotonic_time()) / 1000; }

// A timer of the main loop.
class Timer {
 public:
  Timer() = default;
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  void start(guint milliseconds, std::function<void()> then) {
    stop();
    then_ = std::move(then);
    source_ = g_timeout_add(
        milliseconds,
        [](gpointer user) -> gboolean {
          auto* self = static_cast<Timer*>(user);
          self->source_ = 0;
          const auto job = std::exchange(self->then_, nullptr);
          job();
          return G_SOURCE_REMOVE;
        },
        this);
  }
  void stop() {
    if (source_) g_source_remove(std::exchange(source_, 0));
  }
  bool running() const { return source_ != 0; }

 private:
  std::function<void()> then_;
  guint source_ = 0;
};

class Top {
 public:
  explicit Top(const ApiClient& client)
      : client_(client),
        loop_(g_main_loop_new(nullptr, FALSE)),
        painter_(has_colours(stdout)),
        screen_(client.name()) {}

  int run() {
    constexpr std::pair<const char*, void (Top::*)(const Answer&)> kParts[] = {
        {"/api/v1/server", &Top::take_server},
        {"/api/v1/lines", &Top::take_lines},
        {"/api/v1/latency", &Top::take_latency}};
    for (const auto& [path, take] : kParts) {
      const Answer answer = client_.get(path);
      if (answer.outcome != Outcome::kDone) return report_failure(answer);
      (this->*take)(answer);
    }
    std::string error;
    terminal_ =
        WholeScreen::open({.input = [this](std::string_view bytes) { typed(bytes); },
                           .resized =
                               [this] {
                                 painter_.forget();
                                 changed();
                               },
                           .closed = [this] { g_main_loop_quit(loop_.get()); }},
                          {.enter = ScreenPainter::kEnter, .leave = ScreenPainter::kLeave}, error);
    if (!terminal_) {
      print_error(error + "; 'jackfield ps' prints a list");
      return kExitUsage;
    }
    {
      EventReader reader{
          client_,
          {.sessions = {},
           .events = {"session-opened", "session-running", "session-changed", "session-ended",
                      "transcript", "turn", "latency", "server"}},
          {.subscribed = [this](const JsonValue& message) { subscribed(message); },
           .event =
               [this](const JsonValue& message) {
                 if (view_.event(message, now_ms())) changed();
               },
           .lost = [this](const Answer& problem, bool final) { lost(problem, final); }}};
      const StopSignals signals{[this] { g_main_loop_quit(loop_.get()); }};
      ask_again();
      paint();
      g_main_loop_run(loop_.get());
    }
    terminal_.reset();
    return failure_ ? report_failure(*failure_) : kExitOk;
  }

 private:
  void take_server(const Answer& answer) { view_.set_server(read_server(answer.json), now_ms()); }
  void take_lines(const Answer& answer) { view_.set_lines(read_lines(answer.json)); }
  void take_sessions(const Answer& answer) {
    view_.refresh_sessions(read_sessions(answer.json), now_ms());
  }
  void take_latency(const Answer& answer) { view_.set_latency(read_latency(answer.json)); }

  void subscribed(const JsonValue& message) {
    screen_.set_trouble("");
    view_.set_sessions(read_sessions(message), now_ms());
    // How things are after a loss; at first it is known.
    if (std::exchange(lost_, false)) {
      ask(latency_, "/api/v1/latency", &Top::take_latency);
      ask_for_details();
    }
    changed();
  }

  void lost(const Answer& problem, bool final) {
    lost_ = true;
    if (final) {
      failure_ = problem;
      return g_main_loop_quit(loop_.get());
    }
    screen_.set_trouble("no connection; trying again");
    changed();
  }

  void ask(PendingAnswerPtr& place, const char* path, void (Top::*take)(const Answer&)) {
    place = client_.get_later(path, [this, take](const Answer& answer) {
      if (answer.outcome != Outcome::kDone) return;
      (this->*take)(answer);
      changed();
    });
  }

  void ask_again() {
    ask(server_, "/api/v1/server", &Top::take_server);
    ask(lines_, "/api/v1/lines", &Top::take_lines);
    // Events tell what happens in a call, not its counts.
    ask(sessions_, "/api/v1/sessions?state=running&limit=200", &Top::take_sessions);
    again_.start(kAskSeconds * 1000, [this] { ask_again(); });
  }

  void ask_for_details() {
    const std::string id = view_.details().id;
    transcript_.reset();
    stages_.reset();
    if (id.empty()) return;
    const std::string path = "/api/v1/sessions/" + id;
    transcript_ = client_.get_later(path + "/transcript", [this](const Answer& answer) {
      if (answer.outcome != Outcome::kDone) return;
      view_.details().transcript.set(read_entries(answer.json));
      changed();
    });
    stages_ = client_.get_later(path + "/latency", [this](const Answer& answer) {
      if (answer.outcome != Outcome::kDone) return;
      view_.details().stages = read_stages(answer.json);
      view_.set_turns(read_turns(answer.json));
      changed();
    });
    // Events tell of the percentiles of lines only.
    details_again_.start(kAskSeconds * 1000, [this] { ask_for_details(); });
  }

  void typed(std::string_view bytes) {
    keys_.add(bytes);
    while (const auto press = keys_.next()) pressed(*press);
    if (keys_.waiting())
      escape_.start(kLoneEscapeMs, [this] {
        if (const auto press = keys_.settle()) pressed(*press);
      });
  }

  void pressed(const KeyPress& press) {
    if (const auto action = screen_.key(press, view_))
      std::visit([this](const auto& what) { perform(what); }, *action);
    // Keys are answered at once.
    paint();
  }

  void perform(const top::Quit&) { g_main_loop_quit(loop_.get()); }
  void perform(const top::LookAt& what) {
    view_.look_at(what.id);
    details_again_.stop();
    ask_for_details();
  }
  void perform(const top::HangUp& what) {
    const std::string id = what.id;
    screen_.set_note("hanging up " + id, false);
    hang_up_ = client_.post_later(
        "/api/v1/sessions/" + id + "/hangup", "{}", [this, id](const Answer& answer) {
          const bool done = answer.outcome == Outcome::kDone;
          screen_.set_note(
              done ? id + " hung up" : answer.problem.substr(0, answer.problem.find('\n')), !done);
          changed();
        });
  }

  // Soon: more may change.
  void changed() {
    if (painted_at_ + kLeastPaintMs <= now_ms()) return paint();
    if (!soon_.running()) soon_.start(kLeastPaintMs, [this] { paint(); });
  }

  void paint() {
    if (!terminal_) return;
    const TerminalSize size = terminal_->size();
    const ScreenSize screen{.columns = size.columns > 0 ? size.columns : kUsualColumns,
                            .rows = size.rows > 0 ? size.rows : kUsualRows};
    painted_at_ = now_ms();
    const std::string text = painter_.paint(screen_.rows(view_, screen, painted_at_), screen);
    if (!text.empty()) terminal_->write(text);
    soon_.stop();
    later_.start(kPaintMs, [this] { paint(); });
  }

  const ApiClient& client_;
  const std::unique_ptr<GMainLoop, gstpp::FreeWith<g_main_loop_unref>> loop_;
  LiveView view_;
  ScreenPainter painter_;
  TopScreen screen_;
  KeyReader keys_;
  std::optional<Answer> failure_;
  bool lost_ = false;
  double painted_at_ = 0;
  PendingAnswerPtr server_, lines_, sessions_, latency_, transcript_, stages_, hang_up_;
  Timer soon_, later_, again_, details_again_, escape_;
  std::unique_ptr<WholeScreen> terminal_;
};

int top(const ServerOptions& options) {
  const auto client = find_server(options);
  return client ? Top{*client}.run() : kExitUsage;
}

}  // namespace

void add_top(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ServerOptions>();
  CLI::App* command = app.add_subcommand(
      "top", "Shows a running server and its calls in the terminal, as they go on");
  add_server_options(*command, *options);
  command->callback([options, &exit_code] { exit_code = top(*options); });
}

}  // namespace jackfield::cli
