// Starts a fake of tests/support/fakes as a process of its own, and reads what it logged.
#pragma once

#include <gio/gio.h>
#include <glib/gstdio.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace test_support {

class FakeService {
 public:
  // `name` of the file without ".py"; `script` is JSON text.
  explicit FakeService(const std::string& name, const std::string& script = "{}") {
    gchar* folder = g_dir_make_tmp("jackfield-fake-XXXXXX", nullptr);
    folder_ = folder;
    g_free(folder);
    std::ofstream(folder_ + "/script.json") << script;
    const std::string file =
        std::string(g_getenv("JACKFIELD_SOURCE_DIR")) + "/tests/support/fakes/" + name + ".py";
    GError* error = nullptr;
    process_ =
        g_subprocess_new(static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                                       G_SUBPROCESS_FLAGS_STDOUT_PIPE),
                         &error, "/usr/bin/python3", file.c_str(), "--script",
                         (folder_ + "/script.json").c_str(), "--log", log_file().c_str(), nullptr);
    if (!process_) {
      const std::string what = error->message;
      g_error_free(error);
      throw std::runtime_error(what);
    }
    GDataInputStream* lines = g_data_input_stream_new(g_subprocess_get_stdout_pipe(process_));
    gchar* line = g_data_input_stream_read_line(lines, nullptr, nullptr, nullptr);
    g_object_unref(lines);
    if (!line || !g_str_has_prefix(line, "port ")) {
      g_free(line);
      throw std::runtime_error(name + ".py did not start");
    }
    port_ = std::stoi(line + 5);
    g_free(line);
  }
  // The fake ends with its standard input.
  ~FakeService() {
    g_output_stream_close(g_subprocess_get_stdin_pipe(process_), nullptr, nullptr);
    g_subprocess_wait(process_, nullptr, nullptr);
    g_object_unref(process_);
    g_unlink(log_file().c_str());
    g_unlink((folder_ + "/script.json").c_str());
    g_rmdir(folder_.c_str());
  }
  FakeService(const FakeService&) = delete;
  FakeService& operator=(const FakeService&) = delete;

  std::string url() const { return "ws://127.0.0.1:" + std::to_string(port_); }

  // Lines of the log that contain all of `parts`.
  std::vector<std::string> logged(const std::vector<std::string>& parts) const {
    std::vector<std::string> found;
    std::ifstream file(log_file());
    for (std::string line; std::getline(file, line);) {
      bool all = true;
      for (const std::string& part : parts) all = all && line.find(part) != std::string::npos;
      if (all) found.push_back(line);
    }
    return found;
  }
  bool wait_logged(const std::vector<std::string>& parts, std::size_t count = 1) const {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < give_up) {
      if (logged(parts).size() >= count) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  // Audio that came, in bytes.
  std::size_t audio_bytes() const {
    std::size_t bytes = 0;
    for (const std::string& line : logged({R"("kind": "binary")"})) {
      bytes += std::stoul(line.substr(line.find(R"("size": )") + 8));
    }
    return bytes;
  }

 private:
  std::string log_file() const { return folder_ + "/log.jsonl"; }

  std::string folder_;
  GSubprocess* process_ = nullptr;
  int port_ = 0;
};

}  // namespace test_support
