#include "jackfield_process.hpp"

#include <glib/gstdio.h>

#include <algorithm>
#include <sstream>

namespace jackfield::test {
namespace {

void remove_all(const std::string& path) {
  if (g_file_test(path.c_str(), G_FILE_TEST_IS_DIR) &&
      !g_file_test(path.c_str(), G_FILE_TEST_IS_SYMLINK)) {
    if (GDir* dir = g_dir_open(path.c_str(), 0, nullptr)) {
      while (const gchar* name = g_dir_read_name(dir)) remove_all(path + "/" + name);
      g_dir_close(dir);
    }
  }
  g_remove(path.c_str());
}

std::string binary() {
  const gchar* build = g_getenv("JACKFIELD_BUILD_DIR");
  return std::string{build ? build : "."} + "/launcher/jackfield";
}

}  // namespace

bool wait_for(const std::function<bool()>& done, double seconds) {
  const gint64 deadline = g_get_monotonic_time() + static_cast<gint64>(seconds * G_USEC_PER_SEC);
  while (!done()) {
    if (g_get_monotonic_time() > deadline) return false;
    if (!g_main_context_iteration(nullptr, FALSE)) g_usleep(2000);
  }
  return true;
}

TemporaryFolder::TemporaryFolder() {
  gstpp::CharPtr made{g_dir_make_tmp("jackfield-test-XXXXXX", nullptr)};
  path_ = made.get();
}

TemporaryFolder::~TemporaryFolder() { remove_all(path_); }

std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
  g_file_set_contents(file(name).c_str(), text.data(), static_cast<gssize>(text.size()), nullptr);
  return file(name);
}

std::vector<std::string> TemporaryFolder::list(const std::string& folder) const {
  std::vector<std::string> names;
  if (GDir* dir = g_dir_open(folder.empty() ? path_.c_str() : file(folder).c_str(), 0, nullptr)) {
    while (const gchar* name = g_dir_read_name(dir)) names.emplace_back(name);
    g_dir_close(dir);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_file(const std::string& path) {
  gstpp::CharPtr text;
  gsize length = 0;
  if (!g_file_get_contents(path.c_str(), gstpp::OutPtr{text}, &length, nullptr)) return {};
  return {text.get(), length};
}

Jackfield::Jackfield(const TemporaryFolder& folder, const std::vector<std::string>& arguments,
                     const Variables& variables) {
  static int number = 0;
  const std::string stem = folder.file("output-" + std::to_string(++number));
  out_ = stem + ".out";
  err_ = stem + ".err";
  gstpp::GObjectPtr<GSubprocessLauncher> launcher{
      g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE)};
  g_subprocess_launcher_set_cwd(launcher.get(), folder.path().c_str());
  g_subprocess_launcher_set_stdout_file_path(launcher.get(), out_.c_str());
  g_subprocess_launcher_set_stderr_file_path(launcher.get(), err_.c_str());
  g_subprocess_launcher_unsetenv(launcher.get(), "TWILIO_AUTH_TOKEN");
  for (const auto& [name, value] : variables)
    g_subprocess_launcher_setenv(launcher.get(), name.c_str(), value.c_str(), TRUE);
  const std::string program = binary();
  std::vector<const gchar*> argv{program.c_str()};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  argv.push_back(nullptr);
  gstpp::ErrorPtr error;
  process_.reset(g_subprocess_launcher_spawnv(launcher.get(), argv.data(), gstpp::OutPtr{error}));
  if (!process_) {
    g_printerr("cannot start %s: %s\n", program.c_str(), error->message);
    ended_ = true;
    return;
  }
  g_subprocess_wait_async(
      process_.get(), nullptr,
      [](GObject*, GAsyncResult*, gpointer ended) { *static_cast<bool*>(ended) = true; }, &ended_);
}

Jackfield::~Jackfield() {
  if (!process_) return;
  if (!ended_) g_subprocess_force_exit(process_.get());
  wait_for([&] { return ended_; }, 10);
}

int Jackfield::wait(double seconds) {
  if (!process_ || !wait_for([&] { return ended_; }, seconds)) return -1;
  return g_subprocess_get_if_exited(process_.get()) ? g_subprocess_get_exit_status(process_.get())
                                                    : -2;
}

std::string Jackfield::pid() const {
  const gchar* id = g_subprocess_get_identifier(process_.get());
  return id ? id : "";
}

void Jackfield::signal(int number) { g_subprocess_send_signal(process_.get(), number); }

Result run_jackfield(const TemporaryFolder& folder, const std::vector<std::string>& arguments,
                     double seconds, const Jackfield::Variables& variables) {
  Jackfield process{folder, arguments, variables};
  const int code = process.wait(seconds);
  return {code, process.out(), process.err()};
}

std::string Events::Event::text(const char* member) const {
  return json_object_get_string_member_with_default(object.get(), member, "");
}

bool Events::Event::flag(const char* member) const {
  return json_object_get_boolean_member_with_default(object.get(), member, FALSE) != FALSE;
}

std::vector<Events::Event> Events::all() const {
  std::vector<Event> events;
  std::string text = read_file(path_);
  text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    JsonNode* node = json_from_string(line.c_str(), nullptr);
    if (!node) {
      events.push_back({"NOT JSON: " + line, "", nullptr});
      continue;
    }
    Event event;
    event.object = {json_object_ref(json_node_get_object(node)), json_object_unref};
    json_node_unref(node);
    event.name = event.text("event");
    event.session = event.text("session");
    events.push_back(std::move(event));
  }
  return events;
}

std::vector<Events::Event> Events::named(const std::string& name) const {
  std::vector<Event> found;
  for (Event& event : all()) {
    if (event.name == name) found.push_back(std::move(event));
  }
  return found;
}

bool Events::wait(const std::string& name, std::size_t count, double seconds) const {
  return wait_for([&] { return named(name).size() >= count; }, seconds);
}

}  // namespace jackfield::test
