// Every mistake of an operator has one clear error: which file, where in it, what to do.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "jackfield_process.hpp"

using namespace jackfield::test;

namespace {

const char* source_dir() { return g_getenv("JACKFIELD_SOURCE_DIR"); }

std::string random_bytes(std::size_t size) {
  std::string bytes;
  unsigned state = 1;
  for (std::size_t i = 0; i < size; ++i) {
    state = state * 1664525u + 1013904223u;
    bytes += static_cast<char>(state >> 24);
  }
  return bytes;
}

class OperatorTest : public testing::Test {
 protected:
  // A sparse file: it takes no room.
  void write_huge(const std::string& name, std::streamoff size) {
    std::ofstream out{folder.file(name), std::ios::binary};
    out.seekp(size - 1);
    out.put('\0');
  }

  void expect(const std::vector<std::string>& arguments, int code, const std::string& text) {
    const Result result = run_jackfield(folder, arguments);
    EXPECT_EQ(result.code, code) << result.err << result.out;
    EXPECT_EQ(result.err, text);
  }

  TemporaryFolder folder;
};

}  // namespace

TEST_F(OperatorTest, FilesThatAreNoPipelines) {
  folder.write("binary.gst", random_bytes(3000));
  folder.write("empty.gst", "");
  folder.write("comments.gst", "# nothing\n# but comments\n");
  write_huge("huge.gst", 100'000'000);
  ASSERT_EQ(mkfifo(folder.file("pipe.gst").c_str(), 0600), 0);
  const std::string no_pipeline = ": is not a pipeline file (UTF-8 text of at most 1 MiB)\n";
  for (const std::string command : {"run", "check"}) {
    expect({command, "none.gst"}, 2,
           "jackfield: Failed to open file “none.gst”: No such file or directory\n");
    expect({command, "/tmp"}, 2, "jackfield: /tmp: is a folder; name a pipeline file in it\n");
    for (const std::string file : {"binary.gst", "huge.gst", "pipe.gst"})
      expect({command, file}, 2, "jackfield: " + file + no_pipeline);
    const int mistake = command == "run" ? 2 : 1;
    expect({command, "empty.gst"}, mistake,
           "empty.gst:1:1: there is no element in this text\n"
           "  a pipeline looks like this: audiotestsrc ! autoaudiosink\n");
    expect({command, "comments.gst"}, mistake,
           "comments.gst:3:1: there is no element in this text\n"
           "  a pipeline looks like this: audiotestsrc ! autoaudiosink\n");
  }
}

TEST_F(OperatorTest, MistakesInThePipeline) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"fakesrc ! fakesink num-buffers=",
       "p.gst:1:20: the property 'num-buffers' has no value\n"
       "    fakesrc ! fakesink num-buffers=\n"
       "                       ^\n"
       "  write one behind the '='; \"\" is the empty one\n"},
      {"fakesrc ! fakesink )",
       "p.gst:1:20: this ')' closes nothing\n"
       "    fakesrc ! fakesink )\n"
       "                       ^\n"
       "  take it away\n"},
      {"fakesrc num-buffers=99999999999 ! fakesink",
       "p.gst:1:21: '99999999999' is not a value for the property 'num-buffers' of 'fakesrc'\n"
       "    fakesrc num-buffers=99999999999 ! fakesink\n"
       "                        ^\n"
       "  it must be from -1 to 2147483647\n"},
      {"fakesrc num-bufers=1 ! fakesink",
       "p.gst:1:9: the element 'fakesrc' has no property 'num-bufers'\n"
       "    fakesrc num-bufers=1 ! fakesink\n"
       "            ^\n"
       "  did you mean 'num-buffers'? (gst-inspect-1.0 fakesrc lists them all)\n"},
      {"fakesrc ! fakesinc",
       "p.gst:1:11: there is no element 'fakesinc'\n"
       "    fakesrc ! fakesinc\n"
       "              ^\n"
       "  did you mean 'fakesink' or 'fakesrc'?\n"},
  };
  for (const auto& c : cases) {
    folder.write("p.gst", c.text);
    expect({"check", "p.gst"}, 1, c.message);
    expect({"run", "p.gst"}, 2, c.message);
  }
}

TEST_F(OperatorTest, GrammarsThatCannotBeUsed) {
  const struct {
    const char* name;
    std::string text;
    const char* why;
  } cases[] = {
      {"syntax", "#JSGF V1.0;\ngrammar x;\npublic <a> = one | two\n",
       "The grammar \"syntax\" is not valid JSGF (syntax error at line 4 current token ''; Failed "
       "to "
       "parse JSGF grammar from 'syntax'). Correct it; a rule reads: public <name> = one | two;"},
      {"rule", "#JSGF V1.0;\ngrammar x;\npublic <a> = one | <b>;\n",
       "The grammar \"rule\" cannot be used (Undefined rule in RHS: <x.b>). Define every rule that "
       "it refers to, and give no rule itself but at its end."},
      {"public", "#JSGF V1.0;\ngrammar x;\n<a> = one;\n",
       "The grammar \"public\" has no public rule. Write \"public\" before the rule to be heard."},
      {"binary", random_bytes(3000),
       "The grammar \"binary\" is not a JSGF file (text in UTF-8 of at most 1 MiB that begins with "
       "#JSGF V1.0;)."},
      {"empty", "",
       "The grammar \"empty\" is not a JSGF file (text in UTF-8 of at most 1 MiB that begins with "
       "#JSGF V1.0;)."},
  };
  folder.write("p.gst", "fakesrc ! pocketsphinxstt grammar=${G} ! fakesink");
  for (const auto& c : cases) {
    folder.write(c.name, c.text);
    expect({"check", "p.gst", std::string{"G="} + c.name}, 1,
           std::string{"p.gst:1:11: "} + c.why +
               "\n    fakesrc ! pocketsphinxstt grammar=${G} ! fakesink\n              ^\n");
    // As a stage of the agent, and by `run`.
    const std::string agent = std::string{source_dir()} + "/pipelines/phone-agent.gst";
    const Result result = run_jackfield(folder, {"run", agent, std::string{"GRAMMAR="} + c.name});
    EXPECT_EQ(result.code, 2);
    EXPECT_NE(result.err.find(std::string{": "} + c.why + "\n"), std::string::npos) << result.err;
  }
  folder.write("word", "#JSGF V1.0;\ngrammar x;\npublic <a> = xyzzyq | one;\n");
  const Result result = run_jackfield(folder, {"check", "p.gst", "G=word"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find(": xyzzyq. Write them as the dictionary does"), std::string::npos)
      << result.err;
}

TEST_F(OperatorTest, AcousticModelsThatAreNone) {
  folder.write("p.gst", std::string{"fakesrc ! pocketsphinxstt grammar="} + source_dir() +
                            "/pipelines/scripts/reception.gram acoustic-model=${AM} ! fakesink");
  ASSERT_EQ(g_mkdir_with_parents(folder.file("am").c_str(), 0700), 0);
  const auto error = [&](const std::string& model) {
    const Result result = run_jackfield(folder, {"check", "p.gst", "AM=" + model});
    EXPECT_EQ(result.code, 1) << result.err;
    EXPECT_EQ(result.out, "");
    return result.err.substr(0, result.err.find('\n'));
  };
  EXPECT_EQ(error("none"),
            "p.gst:1:11: There is no file \"none\": set the property \"acoustic-model\" of "
            "pocketsphinxstt, or install pocketsphinx-en-us.");
  EXPECT_EQ(error("am"),
            "p.gst:1:11: The acoustic model's file \"am/mdef\" does not exist. Set "
            "\"acoustic-model\", or install the package pocketsphinx-en-us.");
  // sphinxbase ends the process by itself, but not without a word.
  folder.write("am/mdef", "0.3\n1 n_base\n");
  EXPECT_EQ(error("am").find("pocketsphinxstt: a model or dictionary is damaged: "), 0u);
}

TEST_F(OperatorTest, VoiceActivityModelsThatAreNone) {
  const std::string good =
      read_file(std::string{g_getenv("JACKFIELD_MODELS")} + "/silero_vad.onnx");
  if (good.empty()) GTEST_SKIP() << "no silero_vad.onnx";
  folder.write("truncated", good.substr(0, 100'000));
  folder.write("random", random_bytes(5000));
  folder.write("empty", "");
  write_huge("huge", 3'000'000'000);
  folder.write("p.gst", "fakesrc ! turndetector model=${M} ! fakesink");
  const struct {
    const char* name;
    const char* why;
  } cases[] = {
      {"truncated",
       "a field of 2327503 bytes has only 99985 bytes left: the file is truncated or damaged (at "
       "byte 10)"},
      {"empty", "the file is empty (at byte 0)"},
      {"huge", "it has 3000000000 bytes, far more than a Silero VAD model"},
      {".", "it is not a file"},
  };
  for (const auto& c : cases) {
    const Result result = run_jackfield(folder, {"check", "p.gst", std::string{"M="} + c.name});
    EXPECT_EQ(result.code, 1) << c.name;
    EXPECT_EQ(result.err.find(std::string{"p.gst:1:11: No voice activity model. Tried "} + c.name +
                              ": " + c.why + "."),
              0u)
        << result.err;
  }
  EXPECT_EQ(run_jackfield(folder, {"check", "p.gst", "M=random"}).code, 1);
  expect({"check", "p.gst", "M=none"}, 1,
         "p.gst:1:30: there is no file 'none'\n"
         "    fakesrc ! turndetector model=${M} ! fakesink\n"
         "                                 ^\n"
         "  the path counts from the folder you are in; ${HERE} is the folder of the pipeline "
         "file\n");
}

TEST_F(OperatorTest, ScriptsThatAreNone) {
  folder.write("p.gst", "fakesrc ! scriptedllm script=${S} ! fakesink");
  write_huge("huge", 100'000'000);
  const struct {
    const char* name;
    std::string text;
    const char* why;
  } cases[] = {
      {"syntax", "{\"x\": [1,\n  é}", "syntax:2:3: a value expected (text needs double quotes)"},
      {"column", "{\"é\": 1, é}", "column:1:10: a key in double quotes expected"},
      {"empty", "", "empty:1:1: the text ends where a value is expected"},
      {"huge", "", "huge: a script has at most 1 MiB."},
  };
  for (const auto& c : cases) {
    if (!c.text.empty() || std::string{c.name} == "empty") folder.write(c.name, c.text);
    expect({"check", "p.gst", std::string{"S="} + c.name}, 1,
           std::string{"p.gst:1:11: "} + c.why +
               "\n    fakesrc ! scriptedllm script=${S} ! fakesink\n              ^\n");
  }
}

TEST_F(OperatorTest, ArgumentsOfEveryCommand) {
  folder.write("p.gst", "fakesrc ! fakesink");
  folder.write("bad.json", "{\"steps\": [\n {\"sya\": \"x\"}]}");
  folder.write("no.wav", "this is no WAV file");
  write_huge("huge.json", 100'000'000);
  const struct {
    std::vector<std::string> arguments;
    const char* text;  // what it begins with
  } cases[] = {
      {{"run"}, "jackfield: no pipeline file is named; for example: jackfield run pipelines/"},
      {{"check"}, "jackfield: no pipeline file is named; for example: jackfield check pipelines/"},
      {{"rnu"}, "jackfield: unknown command 'rnu'; did you mean 'run'?\n"},
      {{"run", "p.gst", "--cals=3"},
       "jackfield: unknown option '--cals=3'; did you mean '--calls' or '--callers'?"},
      {{"run", "p.gst", "--max-calls", "0"}, "jackfield: --max-calls: "},
      {{"run", "p.gst", "--max-calls", "many"}, "jackfield: --max-calls: "},
      {{"run", "p.gst", "X=1"}, "jackfield: the variable X does not occur in the pipeline text\n"},
      {{"check", "p.gst", "--prnit"},
       "jackfield: unknown option '--prnit'; did you mean '--print'?"},
      {{"simulate", "nothing"},
       "jackfield: 'nothing' is no URL to call; it looks like "
       "http://127.0.0.1:8080/twilio/voice\n"},
      {{"simulate", "ftp://x/"}, "jackfield: 'ftp://x/' is no URL to call; it looks like "},
      {{"simulate", "http://[x/"}, "jackfield: 'http://[x/' is no URL to call; it looks like "},
      {{"simulate", "--calls", "x"}, "jackfield: --calls: "},
      {{"simulate", "--chunk", "x"},
       "jackfield: --chunk takes milliseconds (20), bytes (137B) or "},
      {{"simulate", "--script", "none.json"}, "jackfield: none.json: there is no such file\n"},
      {{"simulate", "--script", "."}, "jackfield: .: \".\" is not a file\n"},
      {{"simulate", "--script", "huge.json"},
       "jackfield: huge.json: \"huge.json\" is larger than 4 MiB\n"},
      {{"simulate", "--script", "bad.json"},
       "jackfield: bad.json:2:2: unknown step \"sya\" (known: "},
      {{"simulate", "--wav", "no.wav"}, "jackfield: no.wav: "},
  };
  for (const auto& c : cases) {
    const Result result = run_jackfield(folder, c.arguments);
    EXPECT_EQ(result.code, 2) << c.text << "\n" << result.err;
    EXPECT_EQ(result.err.find(c.text), 0u) << result.err;
    EXPECT_EQ(result.out, "") << c.text;
  }
}

TEST_F(OperatorTest, APipelineThatCannotPreroll) {
  folder.write("p.gst", "appsrc ! fakesink name=never  fakesrc ! fakesink name=soon");
  const Events events{folder.file("events")};
  Jackfield process{folder, {"run", "p.gst", "--events", "events"}};
  ASSERT_TRUE(events.wait("warning")) << process.err();
  EXPECT_EQ(events.named("warning").front().text("text"),
            "not running after 10 s: no data has come to never; a sink that waits for somebody "
            "needs async=false");
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait(), 0) << process.err();
  folder.write("q.gst", "filesrc location=p.gst ! decodebin ! fakesink");
  const Result result = run_jackfield(folder, {"run", "q.gst"});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_NE(result.out.find("error: typefind: Could not determine type of stream."),
            std::string::npos)
      << result.out;
}

// A file system that is full, or a file that may not grow: the recording ends with an error, and
// it is told once.
TEST_F(OperatorTest, ADiskThatIsFull) {
  folder.write("p.gst",
               "audiotestsrc num-buffers=200 ! audio/x-raw,rate=8000 ! wavenc ! filesink "
               "location=${RECORDING}");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{64 * 1024, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result result = run_jackfield(folder, {"run", "p.gst", "--once", "--recordings", "r"});
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(result.code, 1) << result.err;
  const std::size_t first = result.out.find("error: filesink1: ");
  EXPECT_NE(first, std::string::npos) << result.out;
  EXPECT_EQ(result.out.find("error: ", first + 1), std::string::npos) << result.out;
}
