// Starts a fake of a service (tests/support/fakes) as a process of its own, and talks to its
// control address: what it is to do, and what it was asked.
#pragma once

#include <gio/gio.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "gstpp.hpp"
#include "http_client.hpp"
#include "json_reader.hpp"

namespace test_support {

class FakeServer {
 public:
  explicit FakeServer(const std::string& program, std::vector<std::string> arguments = {}) {
    const char* source = std::getenv("JACKFIELD_SOURCE_DIR");
    const std::string path = std::string(source ? source : ".") + "/tests/support/fakes/" + program;
    std::vector<const gchar*> argv{"/usr/bin/python3", path.c_str()};
    for (const auto& argument : arguments) argv.push_back(argument.c_str());
    argv.push_back(nullptr);
    gstpp::ErrorPtr error;
    gstpp::GObjectPtr<GSubprocessLauncher> launcher{
        g_subprocess_launcher_new(static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                                                G_SUBPROCESS_FLAGS_STDOUT_PIPE))};
    g_subprocess_launcher_unsetenv(launcher.get(), "LD_PRELOAD");
    process_.reset(g_subprocess_launcher_spawnv(launcher.get(), argv.data(), gstpp::OutPtr{error}));
    if (!process_) {
      ADD_FAILURE() << error->message;
      return;
    }
    const gstpp::GObjectPtr<GDataInputStream> lines{
        g_data_input_stream_new(g_subprocess_get_stdout_pipe(process_.get()))};
    const gstpp::CharPtr line{
        g_data_input_stream_read_line(lines.get(), nullptr, nullptr, nullptr)};
    if (line) port_ = std::atoi(line.get() + std::string_view("port ").size());
    if (port_ == 0) ADD_FAILURE() << path << " did not say its port";
  }
  ~FakeServer() {
    if (!process_) return;
    // It ends with its standard input.
    g_output_stream_close(g_subprocess_get_stdin_pipe(process_.get()), nullptr, nullptr);
    g_subprocess_wait(process_.get(), nullptr, nullptr);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::string base_url(const char* scheme = "http") const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_) + "/v1";
  }
  // JSON objects, one for each request to come.
  void script(const std::string& steps) { control("POST", "/_script", "[" + steps + "]"); }

  // What was asked so far.
  std::vector<jackfield::JsonValue> requests(std::string_view path = "") {
    auto state = jackfield::read_json(control("GET", "/_requests", ""));
    std::vector<jackfield::JsonValue> found;
    for (const auto& request : state.find("requests")->items) {
      if (request.find("path")->string.ends_with(path)) found.push_back(request);
    }
    return found;
  }
  // Whether the client left, or leaves within a minute, before that request was answered.
  bool cancelled(std::size_t number) {
    for (int i = 0; i < 6000; ++i) {
      const auto all = requests();
      if (number < all.size() && all[number].find("cancelled")) return true;
      g_usleep(10'000);
    }
    return false;
  }
  jackfield::JsonValue last_request(std::string_view path = "") {
    auto all = requests(path);
    if (all.empty()) {
      ADD_FAILURE() << "nothing was asked";
      return {};
    }
    return all.back();
  }

 private:
  std::string control(const char* method, const char* path, std::string body) {
    jackfield::HttpRequest request{.method = method,
                                   .url = "http://127.0.0.1:" + std::to_string(port_) + path};
    request.content_type = "application/json";
    request.body = std::move(body);
    const auto exchange = jackfield::HttpExchange::start(std::move(request), nullptr);
    std::string answer;
    using Step = jackfield::HttpExchange::Step;
    while (exchange->wait(60'000'000'000) == Step::kData) answer += exchange->take();
    EXPECT_EQ(exchange->step(), Step::kEnd);
    return answer;
  }

  gstpp::GObjectPtr<GSubprocess> process_;
  int port_ = 0;
};

}  // namespace test_support
