#include "control/scenario_check.hpp"

#include <algorithm>

#include "json_reader.hpp"
#include "scenario/scenario_report.hpp"

namespace jackfield {

ScenarioCheck::ScenarioCheck(Config config, ScenarioBatch batch, OnReport on_report,
                             std::function<void()> finished)
    : config_(std::move(config)),
      batch_(std::move(batch)),
      on_report_(std::move(on_report)),
      finished_(std::move(finished)) {}

ScenarioCheck::~ScenarioCheck() {
  g_cancellable_cancel(cancel_.get());
  if (timer_) g_source_remove(timer_);
  if (process_) g_subprocess_force_exit(process_.get());
}

void ScenarioCheck::start() { spawn(); }

void ScenarioCheck::spawn() {
  late_ = false;
  const gstpp::GObjectPtr<GSubprocessLauncher> launcher{
      g_subprocess_launcher_new(static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                              G_SUBPROCESS_FLAGS_STDERR_SILENCE))};
  for (const auto& [name, value] : batch_.variables)
    g_subprocess_launcher_setenv(launcher.get(), name.c_str(), value.c_str(), TRUE);
  std::vector<std::string> words{config_.program, "check", "--json"};
  words.insert(words.end(), config_.arguments.begin(), config_.arguments.end());
  if (!config_.env_file.empty()) words.insert(words.end(), {"--env-file", config_.env_file});
  if (!batch_.profile.empty()) words.insert(words.end(), {"--profile", batch_.profile});
  words.insert(words.end(), batch_.paths.begin(), batch_.paths.end());
  std::vector<const gchar*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  arguments.push_back(nullptr);
  gstpp::ErrorPtr error;
  process_.reset(
      g_subprocess_launcher_spawnv(launcher.get(), arguments.data(), gstpp::OutPtr{error}));
  if (!process_) {
    const std::string why = "it cannot be checked: " + std::string{error->message};
    while (!batch_.paths.empty()) give_up(why);
    return later([this] { finished_(); });
  }
  lines_.reset(g_data_input_stream_new(g_subprocess_get_stdout_pipe(process_.get())));
  timer_ = g_timeout_add_seconds(config_.seconds, on_late, this);
  read_line();
}

// Not from within the caller, for who is told may destroy this.
void ScenarioCheck::later(std::function<void()> f) {
  struct Call {
    std::function<void()> f;
    gstpp::GObjectPtr<GCancellable> cancel;
  };
  auto* call = new Call{
      std::move(f), gstpp::GObjectPtr<GCancellable>{G_CANCELLABLE(g_object_ref(cancel_.get()))}};
  g_idle_add_full(
      G_PRIORITY_DEFAULT,
      [](gpointer user) -> gboolean {
        auto* due = static_cast<Call*>(user);
        if (!g_cancellable_is_cancelled(due->cancel.get())) due->f();
        return G_SOURCE_REMOVE;
      },
      call, [](gpointer user) { delete static_cast<Call*>(user); });
}

gboolean ScenarioCheck::on_late(gpointer user) {
  auto* self = static_cast<ScenarioCheck*>(user);
  self->timer_ = 0;
  self->late_ = true;
  g_subprocess_force_exit(self->process_.get());
  return G_SOURCE_REMOVE;
}

void ScenarioCheck::read_line() {
  g_data_input_stream_read_line_async(lines_.get(), G_PRIORITY_DEFAULT, cancel_.get(), on_line,
                                      this);
}

void ScenarioCheck::on_line(GObject* stream, GAsyncResult* result, gpointer user) {
  gstpp::ErrorPtr error;
  const gstpp::CharPtr line{g_data_input_stream_read_line_finish_utf8(
      G_DATA_INPUT_STREAM(stream), result, nullptr, gstpp::OutPtr{error})};
  // Then there is no `self` any more.
  if (error && g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_CANCELLED)) return;
  auto* self = static_cast<ScenarioCheck*>(user);
  if (!line) return self->process_gone();
  self->take_line(line.get());
  self->read_line();
}

void ScenarioCheck::take_line(const std::string& line) {
  // Bounded by our own reader.
  if (!parse_json(line).value) return;
  const std::unique_ptr<JsonNode, gstpp::FreeWith<json_node_unref>> root{
      json_from_string(line.c_str(), nullptr)};
  if (!root || !JSON_NODE_HOLDS_OBJECT(root.get())) return;
  JsonObject* report = json_node_get_object(root.get());
  const std::string path = json_object_get_string_member_with_default(report, "file", "");
  const auto it = std::find(batch_.paths.begin(), batch_.paths.end(), path);
  if (it == batch_.paths.end()) return;
  batch_.paths.erase(it);
  if (timer_) g_source_remove(timer_);
  timer_ = g_timeout_add_seconds(config_.seconds, on_late, this);
  on_report_(path, JsonObjectPtr{json_object_ref(report)});
}

// Nothing more can be known of the first file.
void ScenarioCheck::give_up(const std::string& why) {
  const std::string path = batch_.paths.front();
  batch_.paths.erase(batch_.paths.begin());
  on_report_(path, report_failure(path, why));
}

void ScenarioCheck::process_gone() {
  if (timer_) g_source_remove(timer_);
  timer_ = 0;
  if (batch_.paths.empty()) return finished_();
  give_up(late_ ? "its check took longer than " + std::to_string(config_.seconds) +
                      " s and was ended: jackfield check " + batch_.paths.front()
                : "its check broke off: jackfield check " + batch_.paths.front() + " tells more");
  if (batch_.paths.empty()) return finished_();
  spawn();
}

}  // namespace jackfield
