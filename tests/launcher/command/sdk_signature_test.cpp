// Our signatures against those of Twilio's SDK for Node.js, both ways, on random requests.
// Arguments: the script, the folder with the SDK, and a seed (default 1).
#include <gio/gio.h>
#include <gtest/gtest.h>
#include <json-glib/json-glib.h>

#include <cstdio>
#include <random>
#include <sstream>

#include "plugins/common/gstpp.hpp"
#include "twilio/signature.hpp"

using namespace jackfield;
using namespace jackfield::twilio;

namespace {

std::vector<std::string> arguments;
std::string seed() { return arguments.size() > 3 ? arguments[3] : "1"; }

std::vector<std::string> node(const std::vector<std::string>& words,
                              const std::string& input = {}) {
  std::vector<const char*> argv{"node", arguments[1].c_str(), arguments[2].c_str()};
  for (const std::string& word : words) argv.push_back(word.c_str());
  argv.push_back(nullptr);
  gstpp::ErrorPtr error;
  gstpp::GObjectPtr<GSubprocess> process{g_subprocess_newv(
      argv.data(),
      static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE),
      gstpp::OutPtr{error})};
  gstpp::CharPtr output;
  EXPECT_TRUE(process && g_subprocess_communicate_utf8(process.get(), input.c_str(), nullptr,
                                                       gstpp::OutPtr{output}, nullptr, nullptr));
  EXPECT_TRUE(process && g_subprocess_get_successful(process.get()));
  std::vector<std::string> lines;
  std::istringstream stream{output ? output.get() : ""};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct Sample {
  std::string token;
  SignedRequest request;
  std::string body;

  bool accepted() const {
    SignedRequest copy = request;
    copy.body = body;
    return SignatureCheck{Secret{token}}.accepts(copy);
  }
};

Sample sample_of(const std::string& line) {
  std::unique_ptr<JsonNode, gstpp::FreeWith<json_node_unref>> node{
      json_from_string(line.c_str(), nullptr)};
  JsonObject* object = json_node_get_object(node.get());
  const auto text = [&](const char* name) { return json_object_get_string_member(object, name); };
  Sample sample;
  sample.token = text("token");
  sample.request.url = text("url");
  sample.request.signature = text("signature");
  sample.request.form = parse_form(text("form"));
  sample.request.form_body = json_object_get_boolean_member(object, "isForm");
  sample.body = sample.request.form_body ? text("form") : text("body");
  return sample;
}

}  // namespace

TEST(SdkSignatureTest, WeAcceptWhatTheSdkSigns) {
  const auto lines = node({"make", seed(), "2000"});
  ASSERT_EQ(lines.size(), 2000u);
  std::size_t forms = 0;
  std::size_t bodies = 0;
  for (const std::string& line : lines) {
    const Sample sample = sample_of(line);
    EXPECT_TRUE(sample.accepted()) << line;
    forms += sample.request.form_body && !sample.request.form.empty();
    bodies += !sample.request.form_body && !sample.body.empty();
  }
  EXPECT_GT(forms, 500u);
  EXPECT_GT(bodies, 200u);
}

TEST(SdkSignatureTest, WeRefuseWhatWasChanged) {
  for (const std::string& line : node({"make", seed(), "300"})) {
    const Sample good = sample_of(line);
    for (int what = 0; what < 6; ++what) {
      Sample changed = good;
      if (what == 0) changed.token[0] = changed.token[0] == 'a' ? 'b' : 'a';
      if (what == 1) changed.request.url += "x";
      if (what == 2) changed.request.signature[3] = changed.request.signature[3] == 'A' ? 'B' : 'A';
      if (what == 3) changed.request.signature.clear();
      if (what == 4 && good.request.form_body) changed.request.form.emplace_back("Zz", "");
      if (what == 5 && !good.request.form_body && !good.body.empty()) changed.body += " ";
      const bool the_same = (what == 4 && !good.request.form_body) ||
                            (what == 5 && (good.request.form_body || good.body.empty()));
      EXPECT_EQ(changed.accepted(), the_same) << what << " " << line;
    }
  }
}

TEST(SdkSignatureTest, TheSdkAcceptsWhatWeSign) {
  std::mt19937 random{static_cast<unsigned>(std::stoul(seed()))};
  const auto below = [&](unsigned n) {
    return std::uniform_int_distribution<unsigned>{0, n - 1}(random);
  };
  const std::vector<std::string> pieces{"a", "Z", "+", " ",  "%", "&",  "=",
                                        "'", "ü", "€", "漢", "😀", "\n", "0"};
  std::string input;
  constexpr int kCount = 1000;
  for (int i = 0; i < kCount; ++i) {
    FormParameters form;
    std::string encoded;
    for (unsigned n = below(15); n > 0; --n) {
      std::string value;
      for (unsigned c = below(8); c > 0; --c)
        value += pieces[below(static_cast<unsigned>(pieces.size()))];
      const std::string name = "N" + std::to_string(below(1000));
      form.emplace_back(name, value);
      gstpp::CharPtr escaped{g_uri_escape_string(value.c_str(), nullptr, FALSE)};
      encoded += (encoded.empty() ? "" : "&") + name + "=" + escaped.get();
    }
    const std::string url = std::string{below(2) ? "https" : "wss"} + "://voice.example.com" +
                            (below(2) ? "" : ":8443") + "/twilio/voice?x=" + std::to_string(i);
    std::unique_ptr<JsonObject, gstpp::FreeWith<json_object_unref>> object{json_object_new()};
    json_object_set_string_member(object.get(), "token", "12345");
    json_object_set_string_member(object.get(), "url", url.c_str());
    json_object_set_string_member(object.get(), "form", encoded.c_str());
    json_object_set_string_member(object.get(), "signature",
                                  twilio_signature("12345", url, form).c_str());
    std::unique_ptr<JsonNode, gstpp::FreeWith<json_node_unref>> root{
        json_node_new(JSON_NODE_OBJECT)};
    json_node_set_object(root.get(), object.get());
    gstpp::CharPtr line{json_to_string(root.get(), FALSE)};
    input += std::string{line.get()} + "\n";
  }
  const auto verdicts = node({"check"}, input);
  ASSERT_EQ(verdicts.size(), static_cast<std::size_t>(kCount));
  std::istringstream lines{input};
  for (const std::string& verdict : verdicts) {
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(verdict, "true") << line;
  }
}

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  arguments.assign(argv, argv + argc);
  if (arguments.size() < 3) return 2;
  constexpr int kSkipped = 77;
  if (!g_file_test(arguments[2].c_str(), G_FILE_TEST_IS_DIR)) {
    std::puts("Twilio's SDK is not there; ./dev test fetches it");
    return kSkipped;
  }
  return RUN_ALL_TESTS();
}
