// openaillm beside the fake server, as turngate drives it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fake_server.hpp"
#include "llm_harness.hpp"

namespace test_support {

constexpr char kKey[] = "sk-test-0123456789";

class OpenAiLlmTest : public LlmHarnessTest {
 protected:
  FakeServer& server() {
    if (!server_) server_.emplace("openai_server.py", server_arguments_);
    return *server_;
  }
  void start(const std::string& settings = "", const std::string& key = kKey) {
    const std::string text = "openaillm check-model=false model=gpt-5.2 base-url=" +
                             (base_url_.empty() ? server().base_url() : base_url_) + " " + settings;
    start_element(text,
                  [&](GstElement* llm) { g_object_set(llm, "api-key", key.c_str(), nullptr); });
  }

  std::vector<std::string> server_arguments_;
  std::string base_url_;
  std::optional<FakeServer> server_;
};

// With either API, named by the parameter.
class BothApis : public OpenAiLlmTest, public testing::WithParamInterface<const char*> {
 protected:
  std::string api(const std::string& more = "") {
    return std::string("api=") + GetParam() + " " + more;
  }
  const char* path() const {
    return GetParam() == std::string_view("chat") ? "/chat/completions" : "/responses";
  }
};
}  // namespace test_support
