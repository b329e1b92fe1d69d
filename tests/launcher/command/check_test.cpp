// `jackfield check` as a user meets it, and its text in the hands of gst_parse_launch.
#include <gst/gst.h>
#include <gtest/gtest.h>

#include "jackfield_process.hpp"
#include "scenario/core/pipeline_text.hpp"

using namespace jackfield;
using namespace jackfield::test;

namespace {

std::string checked_text(const TemporaryFolder& folder, const std::string& source,
                         std::vector<std::string> more = {}) {
  folder.write("p.gst", source);
  more.insert(more.begin(), {"check", "--print", "p.gst"});
  const Result result = run_jackfield(folder, more);
  EXPECT_EQ(result.code, 0) << result.err;
  return result.out;
}

// The property of the element named "e" after gst_parse_launch.
std::string property_of(const std::string& text, const char* property) {
  gstpp::ErrorPtr error;
  gstpp::ElementPtr pipeline{gst_parse_launch_full(
      text.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, gstpp::OutPtr{error})};
  EXPECT_FALSE(error) << error->message << " in " << text;
  if (!pipeline) return "no pipeline";
  gst_object_ref_sink(pipeline.get());
  gstpp::ElementPtr element{GST_IS_BIN(pipeline.get())
                                ? gst_bin_get_by_name(GST_BIN(pipeline.get()), "e")
                                : static_cast<GstElement*>(gst_object_ref(pipeline.get()))};
  gstpp::CharPtr value;
  gchar* raw = nullptr;
  g_object_get(element.get(), property, &raw, nullptr);
  value.reset(raw);
  return value ? value.get() : "NULL";
}

}  // namespace

TEST(CheckTest, AGoodFilePasses) {
  const TemporaryFolder folder;
  folder.write("good.gst", "# fine\naudiotestsrc num-buffers=${N:-5} ! fakesink\n");
  const Result result = run_jackfield(folder, {"check", "good.gst"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "good.gst: ok, runs by itself\n");
}

TEST(CheckTest, EveryMistakeHasAPlaceAndAHint) {
  const TemporaryFolder folder;
  const struct {
    const char* text;
    const char* place;
    const char* message;
    const char* hint;
  } cases[] = {
      {"fakesrc ! fakesinc", "1:11", "no element 'fakesinc'", "'fakesink'"},
      {"# c\nfakesrc num-bufers=1 ! fakesink", "2:9", "no property 'num-bufers'", "num-buffers"},
      {"fakesrc num-buffers=x ! fakesink", "1:21", "'x' is not a value", "from -1 to 2147483647"},
      {"fakesrc num-buffers=-2 ! fakesink", "1:21", "'-2' is not a value", "from -1"},
      {"audiotestsrc wave=loud ! fakesink", "1:19", "'loud' is not a value", "sine"},
      {"fakesrc ! fakesink ${NONE}", "1:20", "NONE has no value", "NONE=..."},
      {"fakesrc !\n! fakesink", "2:1", "two '!'", "between"},
      {"fakesrc ! \n", "1:9", "nothing follows", ""},
      {"audiotestsrc ! wavparse ! fakesink", "1:1", "could not link", "audioconvert"},
      {"fakesrc ! t. tee name=tt ! fakesink", "1:11", "no element has the name 't'", "'tt'"},
      {"fakesrc name=\"a ! fakesink", "1:14", "no closing", "close it"},
      {"filesrc location=none.wav ! fakesink", "1:18", "no file 'none.wav'", "${HERE}"},
      {"fakesrc ! fakesink last-message=x", "1:20", "can only be read", ""},
      {"fakesrc ! fakesink rate=\xc3\xa9 ! ${X", "1:29", "no closing brace", ""},
  };
  for (const auto& c : cases) {
    folder.write("bad.gst", c.text);
    const Result result = run_jackfield(folder, {"check", "bad.gst"});
    EXPECT_EQ(result.code, 1) << c.text;
    EXPECT_EQ(result.out, "") << c.text;
    EXPECT_EQ(result.err.find("bad.gst:" + std::string{c.place} + ": "), 0u) << c.text << "\n"
                                                                             << result.err;
    EXPECT_NE(result.err.find(c.message), std::string::npos) << result.err;
    EXPECT_NE(result.err.find(c.hint), std::string::npos) << result.err;
    EXPECT_NE(result.err.find('^'), std::string::npos) << result.err;
  }
}

TEST(CheckTest, FilesOfAnAgentAreLookedFor) {
  const TemporaryFolder folder;
  folder.write("bad.json", R"({"mcpServers":{"files":{"comand":"x"}}})");
  const std::pair<const char*, const char*> cases[] = {
      {R"(agentbrain llm="openaillm model=m" tools=gone.json)", "there is no file 'gone.json'"},
      {R"(agentbrain llm="openaillm model=m" persona=gone.md)", "there is no file 'gone.md'"},
      {R"(agentbrain llm="openaillm model=m" thinker="nosuchllm")",
       "there is no element 'nosuchllm'"},
      {R"(agentloop goal=x llm="openaillm model=m" tools=gone.json)",
       "there is no file 'gone.json'"},
      {R"(agentloop goal=x llm="openaillm model=m" prices=gone.json)",
       "there is no file 'gone.json'"},
      {R"(agentloop goal=x llm="nosuchllm")", "there is no element 'nosuchllm'"},
  };
  const auto check = [&](const std::string& element, const Jackfield::Variables& variables) {
    folder.write("p.gst", element + " ! fakesink");
    return run_jackfield(folder, {"check", "p.gst"}, 60, variables);
  };
  for (const auto& [element, message] : cases) {
    // Without the key the elements cannot be tried.
    const Result result = check(element, {});
    EXPECT_EQ(result.code, 1) << element;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
  }
  const Jackfield::Variables key{{"OPENAI_API_KEY", "sk-not-a-real-one"}};
  const Result wrong = check(R"(agentloop goal=x llm="openaillm model=m" tools=bad.json)", key);
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("bad.json:1:25: \"mcpServers.files.comand\""), std::string::npos)
      << wrong.err;
  EXPECT_EQ(check(R"(agentloop goal=x llm="openaillm model=m" tools=" ")", key).code, 0);
  const Result keyless = check(R"(agentloop goal=x llm="openaillm model=m" tools=" ")", {});
  EXPECT_EQ(keyless.code, 0);
  EXPECT_NE(keyless.err.find("OPENAI_API_KEY is not set"), std::string::npos) << keyless.err;
}

TEST(CheckTest, SeveralFilesAndOneFails) {
  const TemporaryFolder folder;
  folder.write("a.gst", "fakesrc ! fakesink");
  folder.write("b.gst", "fakesrc ! nosuchelement");
  const Result result = run_jackfield(folder, {"check", "b.gst", "a.gst"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.out.find("a.gst: ok"), std::string::npos);
  EXPECT_EQ(run_jackfield(folder, {"check", "a.gst", "none.gst"}).code, 2);
}

TEST(CheckTest, MisspeltVariablesAreNoticed) {
  const TemporaryFolder folder;
  folder.write("a.gst", "fakesrc num-buffers=${COUNT:-1} ! fakesink");
  const Result result = run_jackfield(folder, {"check", "a.gst", "CUONT=3"});
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.err.find("did you mean 'COUNT'"), std::string::npos) << result.err;
}

TEST(CheckTest, HereIsTheFolderOfTheFile) {
  const TemporaryFolder folder;
  const std::string text = checked_text(folder, "fakesrc ! fakesink name=${X:-e}${Y:-} ");
  EXPECT_EQ(text, "fakesrc ! fakesink name=e\n");
  EXPECT_EQ(checked_text(folder, "filesrc location=${HERE}/p.gst ! fakesink"),
            "filesrc location=" + folder.path() + "/p.gst ! fakesink\n");
}

// What a value must survive, in every place a value can stand.
TEST(CheckTest, ValuesArriveUnchanged) {
  gst_init(nullptr, nullptr);
  const std::string values[] = {"plain",
                                "two words",
                                "tab\there",
                                "a\"b",
                                "\"quoted\" x",
                                "it's",
                                "'single'",
                                "back\\slash",
                                "a\\ b",
                                "x ! fakesink",
                                "$HOME `ls`",
                                "${NOT}",
                                "semi;colon & |",
                                "#no",
                                "(bin) {x}",
                                "caf\xc3\xa9",
                                "a=b,c=d",
                                "*?[x]~",
                                "<>",
                                "\\\"",
                                "!",
                                "name=z",
                                "@x"};
  for (const std::string& value : values) {
    const auto lookup = [&](std::string_view) -> std::optional<std::string> { return value; };
    const auto expand = [&](std::string_view source) {
      auto result = expand_pipeline_text(source, lookup);
      if (auto* error = std::get_if<TextError>(&result)) return "ERROR " + error->message;
      return std::get<PipelineText>(result).text;
    };
    for (const char* source :
         {"filesrc name=e location=${V} ! fakesink", "filesrc name=e location = ${V} ! fakesink",
          "filesrc name=e location=\"${V}\" ! fakesink",
          "filesrc name=e location='${V}' ! fakesink", "fakesrc ! filesink location=${V} name=e",
          "filesrc location=\"${V}\" name=e ! fakesink"})
      EXPECT_EQ(property_of(expand(source), "location"), value)
          << source << " -> " << expand(source);
    EXPECT_EQ(property_of(expand("filesrc name=e location=/x/${V}.wav ! fakesink"), "location"),
              "/x/" + value + ".wav");
    // A description in quotes: what its reader gets is parsed a second time.
    for (const char* source :
         {"filesrc name=e location=\"filesrc name=e location=${V}\" ! fakesink",
          "filesrc name=e location='filesrc name=e location=${V}' ! fakesink",
          "filesrc name=e location='filesrc name=e location=\"${V}\"' ! fakesink",
          "filesrc name=e location=\"filesrc name=e location=\\\"${V}\\\"\" ! fakesink",
          "filesrc name=e location=\"${NO:-filesrc name=e location=${V}}\" ! fakesink"}) {
      const auto with_default = [&](std::string_view name) -> std::optional<std::string> {
        if (name == "NO") return std::nullopt;
        return value;
      };
      auto result = expand_pipeline_text(source, with_default);
      ASSERT_TRUE(std::holds_alternative<PipelineText>(result)) << source << " " << value;
      const std::string& text = std::get<PipelineText>(result).text;
      const std::string inner = property_of(text, "location");
      EXPECT_EQ(property_of(inner, "location"), value)
          << source << " -> " << text << " -> " << inner;
    }
  }
}

TEST(CheckTest, PrintedTextRunsInGstLaunch) {
  const TemporaryFolder folder;
  const std::string text = checked_text(folder,
                                        "# a tone\naudiotestsrc num-buffers=3 wave=${W:-square}\n "
                                        "! audio/x-raw,rate=${R:-8000},channels=1"
                                        "\n ! wavenc ! filesink location=${OUT}  # the end",
                                        {"OUT=" + folder.file("o ut.wav")});
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  folder.write("run.sh", "exec gst-launch-1.0 -q " + text);
  const std::string script = folder.file("run.sh");
  gint status = 0;
  const gchar* argv[] = {"sh", script.c_str(), nullptr};
  ASSERT_TRUE(g_spawn_sync(nullptr, const_cast<gchar**>(argv), nullptr, G_SPAWN_SEARCH_PATH,
                           nullptr, nullptr, nullptr, nullptr, &status, nullptr));
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_file(folder.file("o ut.wav")).substr(0, 4), "RIFF");
}

TEST(CheckTest, CommandLineMistakes) {
  const TemporaryFolder folder;
  const struct {
    std::vector<std::string> arguments;
    const char* message;
  } cases[] = {
      {{}, "Usage"},
      {{"chekc"}, "did you mean 'check'"},
      {{"check"}, "no pipeline file"},
      {{"check", "--pritn", "x"}, "did you mean '--print'"},
      {{"run", "none.gst"}, "none.gst"},
      {{"run", "a.gst", "b.gst"}, "only one pipeline file"},
      {{"run", "A=b"}, "no pipeline file"},
  };
  for (const auto& c : cases) {
    const Result result = run_jackfield(folder, c.arguments);
    EXPECT_EQ(result.code, 2) << c.message;
    EXPECT_NE(result.err.find(c.message), std::string::npos) << result.err;
  }
  EXPECT_EQ(run_jackfield(folder, {"--help"}).code, 0);
  EXPECT_EQ(run_jackfield(folder, {"run", "--help"}).code, 0);
  EXPECT_NE(run_jackfield(folder, {"--version"}).out.find("Jackfield "), std::string::npos);
}
