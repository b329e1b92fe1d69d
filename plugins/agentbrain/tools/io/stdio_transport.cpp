// A server that is a process of ours: messages are lines of its standard input and output, what it
// writes to its standard error is for the debug log.
#include <gio/gio.h>
#include <gst/gst.h>

#include <array>
#include <utility>

#include "gstpp.hpp"
#include "io_context.hpp"
#include "io_pool.hpp"
#include "line_reader.hpp"
#include "process_group.hpp"
#include "running_processes.hpp"
#include "tool_result.hpp"
#include "transport.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_agent_brain_debug);
#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain::tools {
namespace {

constexpr gsize kPiece = 64 * 1024;
constexpr std::size_t kMostUnsent = 4 * 1024 * 1024;  // bytes
constexpr std::size_t kMostLogLine = 4096;
constexpr unsigned kMostLogLines = 200;  // in ten seconds
constexpr Time kLogWindow = 10 * kSecond;
constexpr Time kPatience = 2 * kSecond;  // from one means of ending it to the next

// What a process needs to run at all. Keys of services are not among it: a server gets those that
// its "env" names.
constexpr std::array kInherited{"HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL",
                                "TERM", "TMPDIR", "TZ", "USER", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
                                "XDG_DATA_HOME", "XDG_RUNTIME_DIR",
                                // Windows
                                "APPDATA", "COMSPEC", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA",
                                "PATHEXT", "PROCESSOR_ARCHITECTURE", "PROGRAMFILES", "SYSTEMDRIVE",
                                "SYSTEMROOT", "TEMP", "TMP", "USERNAME", "USERPROFILE"};

class StdioTransport : public Transport, public std::enable_shared_from_this<StdioTransport> {
 public:
  StdioTransport(ServerSettings settings, Listener listener)
      : settings_(std::move(settings)),
        listener_(std::move(listener)),
        cancellable_(g_cancellable_new()),
        lines_(kMaxMessage),
        log_lines_(kMostLogLine) {}

  bool start() override {
    const gstpp::GObjectPtr<GSubprocessLauncher> launcher{
        g_subprocess_launcher_new(static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                                                G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                                G_SUBPROCESS_FLAGS_STDERR_PIPE))};
    gchar* none[] = {nullptr};
    g_subprocess_launcher_set_environ(launcher.get(), none);
    for (const char* name : kInherited) {
      if (const char* value = g_getenv(name))
        g_subprocess_launcher_setenv(launcher.get(), name, value, TRUE);
    }
    for (const auto& [name, value] : settings_.environment)
      g_subprocess_launcher_setenv(launcher.get(), name.c_str(), value.c_str(), TRUE);
    if (!settings_.folder.empty())
      g_subprocess_launcher_set_cwd(launcher.get(), settings_.folder.c_str());
    own_process_group(launcher.get());
    std::vector<const gchar*> words{settings_.command.c_str()};
    for (const std::string& word : settings_.arguments) words.push_back(word.c_str());
    words.push_back(nullptr);
    gstpp::ErrorPtr error;
    process_.reset(
        g_subprocess_launcher_spawnv(launcher.get(), words.data(), gstpp::OutPtr{error}));
    if (!process_) {
      closed("it cannot be started: " + std::string(error ? error->message : "no reason given"));
      return false;
    }
    RunningProcesses::instance().add(process_.get());
    GST_INFO("tool server %s: process %s", settings_.name.c_str(),
             g_subprocess_get_identifier(process_.get()));
    read(g_subprocess_get_stdout_pipe(process_.get()), &StdioTransport::take_output);
    read(g_subprocess_get_stderr_pipe(process_.get()), &StdioTransport::take_errors);
    g_subprocess_wait_async(
        process_.get(), nullptr,
        [](GObject* process, GAsyncResult* result, gpointer data) {
          g_subprocess_wait_finish(G_SUBPROCESS(process), result, nullptr);
          taken(data)->ended();
        },
        hold());
    return true;
  }

  void send(const McpOutgoing& message) override {
    if (closing_ || gone_) return;
    if (unsent_.size() + message.text.size() > kMostUnsent)
      return closed("it does not read what it is asked");
    unsent_ += message.text;
    unsent_ += '\n';
    write();
  }

  void agreed(const std::string&, bool) override {}

  // As the specification of stdio has it: end of its input, then a request, then force.
  void close() override {
    listener_ = {};
    if (std::exchange(closing_, true)) return;
    if (!process_ || exited_) return;
    unsent_.clear();
    if (!writing_) end_input();
    step_ = 0;
    end_timer_ = std::make_unique<jackfield::IoTimer>(
        [self = shared_from_this()] { self->force(); }, jackfield::IoContext::patient());
    end_timer_->arm(jackfield::io_now_ns() + kPatience);
  }

 private:
  using Holder = std::shared_ptr<StdioTransport>;

  // The object lives as long as something is under way.
  gpointer hold() { return new Holder(shared_from_this()); }
  static Holder taken(gpointer data) {
    const std::unique_ptr<Holder> holder{static_cast<Holder*>(data)};
    return *holder;
  }

  using Take = void (StdioTransport::*)(std::string_view bytes);

  // Piece by piece, to the end, which is "".
  void read(GInputStream* stream, Take take) {
    auto* under_way = new std::pair<Holder, Take>(shared_from_this(), take);
    g_input_stream_read_bytes_async(
        stream, kPiece, G_PRIORITY_DEFAULT, cancellable_.get(),
        [](GObject* from, GAsyncResult* result, gpointer data) {
          const std::unique_ptr<std::pair<Holder, Take>> done{
              static_cast<std::pair<Holder, Take>*>(data)};
          const auto& [self, taker] = *done;
          const gstpp::BytesPtr bytes{
              g_input_stream_read_bytes_finish(G_INPUT_STREAM(from), result, nullptr)};
          gsize size = 0;
          const auto* begin =
              bytes ? static_cast<const char*>(g_bytes_get_data(bytes.get(), &size)) : nullptr;
          (self.get()->*taker)({begin, size});
          if (size > 0 && !g_cancellable_is_cancelled(self->cancellable_.get()))
            self->read(G_INPUT_STREAM(from), taker);
        },
        under_way);
  }

  void take_output(std::string_view bytes) {
    if (bytes.empty()) {
      // How it ended is known when it has.
      output_over_ = true;
      if (exited_) tell_end();
      return;
    }
    if (!listener_.on_message) return;
    lines_.feed(bytes);
    while (const auto line = lines_.next()) {
      if (!listener_.on_message) return;
      listener_.on_message(*line);
    }
    for (; too_long_ < lines_.too_long(); ++too_long_) {
      if (listener_.on_too_large) listener_.on_too_large();
    }
  }

  void take_errors(std::string_view bytes) {
    log_lines_.feed(bytes);
    while (const auto line = log_lines_.next()) log(*line);
  }

  void log(const std::string& line) {
    last_words_ = cut_result(listener_.mask ? listener_.mask(line) : line, 300);
    const Time now = jackfield::io_now_ns();
    if (now >= log_since_ + kLogWindow) {
      log_since_ = now;
      logged_ = 0;
    }
    if (++logged_ <= kMostLogLines)
      GST_DEBUG("tool server %s: %s", settings_.name.c_str(), last_words_.c_str());
  }

  void write() {
    if (writing_ || unsent_.empty() || !process_) return;
    writing_ = true;
    auto* under_way = new std::pair<Holder, std::string>(shared_from_this(), {});
    under_way->second.swap(unsent_);
    g_output_stream_write_all_async(
        g_subprocess_get_stdin_pipe(process_.get()), under_way->second.data(),
        under_way->second.size(), G_PRIORITY_DEFAULT, cancellable_.get(),
        [](GObject* stream, GAsyncResult* result, gpointer data) {
          const std::unique_ptr<std::pair<Holder, std::string>> done{
              static_cast<std::pair<Holder, std::string>*>(data)};
          const Holder self = done->first;
          self->writing_ = false;
          const gboolean fine =
              g_output_stream_write_all_finish(G_OUTPUT_STREAM(stream), result, nullptr, nullptr);
          if (self->closing_) return self->end_input();
          // Why it does not read any more is told by its end.
          if (fine) self->write();
        },
        under_way);
  }

  void end_input() {
    g_output_stream_close_async(g_subprocess_get_stdin_pipe(process_.get()), G_PRIORITY_DEFAULT,
                                nullptr, nullptr, nullptr);
  }

  void force() {
    if (exited_) return;
    ++step_;
    GST_INFO("tool server %s does not end by itself (%d)", settings_.name.c_str(), step_);
    if (step_ == 1) {
      terminate_group(process_.get());
    } else {
      kill_group(process_.get());
    }
    if (step_ < 3) {
      end_timer_->arm(jackfield::io_now_ns() + kPatience);
    } else {
      end_timer_.reset();
    }
  }

  void ended() {
    exited_ = true;
    RunningProcesses::instance().remove(process_.get());
    end_timer_.reset();
    if (closing_) {
      g_cancellable_cancel(cancellable_.get());
      return;
    }
    // Its last words may still be in the pipe. What it started may keep that open for ever.
    if (output_over_) return tell_end();
    linger_ = std::make_unique<jackfield::IoTimer>(
        [self = shared_from_this()] { self->tell_end(); }, jackfield::IoContext::patient());
    linger_->arm(jackfield::io_now_ns() + kSecond / 5);
  }

  void tell_end() {
    std::string why = "it ended";
    if (g_subprocess_get_if_exited(process_.get())) {
      why += " with code " + std::to_string(g_subprocess_get_exit_status(process_.get()));
    } else if (g_subprocess_get_if_signaled(process_.get())) {
      why += " by signal " + std::to_string(g_subprocess_get_term_sig(process_.get()));
    }
    if (!last_words_.empty()) why += ": " + last_words_;
    closed(why);
  }

  void closed(const std::string& why) {
    if (std::exchange(gone_, true)) return;
    const Holder self = shared_from_this();
    g_cancellable_cancel(cancellable_.get());
    const auto told = listener_.on_closed;
    if (told) told(why);
    // The timer holds us; it may be its own call.
    jackfield::IoContext::patient().post([self] { self->linger_.reset(); });
  }

  const ServerSettings settings_;
  Listener listener_;
  gstpp::GObjectPtr<GSubprocess> process_;
  const gstpp::GObjectPtr<GCancellable> cancellable_;
  LineReader lines_;
  LineReader log_lines_;
  std::uint64_t too_long_ = 0;
  std::string unsent_;
  bool writing_ = false;
  bool closing_ = false;
  bool gone_ = false;
  bool exited_ = false;
  bool output_over_ = false;
  int step_ = 0;
  std::unique_ptr<jackfield::IoTimer> end_timer_;
  std::unique_ptr<jackfield::IoTimer> linger_;
  std::string last_words_;
  Time log_since_ = 0;
  unsigned logged_ = 0;
};

}  // namespace

std::shared_ptr<Transport> make_stdio_transport(const ServerSettings& settings,
                                                Transport::Listener listener) {
  return std::make_shared<StdioTransport>(settings, std::move(listener));
}

}  // namespace agentbrain::tools
