// `jackfield run jackfield.conf`: mistakes in it, and one server with several lines.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iterator>

#include "conf/core/conf.hpp"
#include "conf/core/conf_text.hpp"
#include "jackfield_process.hpp"
#include "phone_client.hpp"
#include "twilio/signature.hpp"

using namespace jackfield;
using namespace jackfield::test;

namespace {

constexpr unsigned char kTone = 0x42;
constexpr unsigned char kSilence = 0xff;

class LinesTest : public testing::Test {
 protected:
  LinesTest() {
    folder.write("echo.gst", "twiliosrc ! twiliosink name=${NAME:-out}");
    // What the caller says is not heard again.
    folder.write("mute.gst",
                 "twiliosrc ! mulawdec ! volume mute=true ! mulawenc ! twiliosink name=${NAME:-o}");
  }

  void expect_conf(const std::string& text, const std::string& error, int check_code = 2) {
    folder.write("jackfield.conf", text);
    const Result checked = run_jackfield(folder, {"check", "jackfield.conf"});
    EXPECT_EQ(checked.err, error);
    EXPECT_EQ(checked.code, check_code);
    const Result run = run_jackfield(folder, {"run", "jackfield.conf"});
    EXPECT_EQ(run.err, error);
    EXPECT_EQ(run.code, 2);
  }

  void serve(const std::string& text, std::vector<std::string> more = {},
             const Jackfield::Variables& variables = {}) {
    folder.write("jackfield.conf",
                 "[server]\nlisten=127.0.0.1:0\nevents=events\nrecordings=r\n" + text);
    std::vector<std::string> arguments{"run", "jackfield.conf"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    server = std::make_unique<Jackfield>(folder, arguments, variables);
    ASSERT_TRUE(events.wait("listening")) << server->err();
    voice = events.named("listening").front().text("url");
  }

  Reply webhook(const std::string& to, const std::string& path = "") const {
    return request("POST", voice + path, "From=%2B15550001111&To=" + to);
  }

  std::unique_ptr<MediaStream> stream_of(const Reply& twiml) const {
    auto stream = std::make_unique<MediaStream>(between(twiml.body, "Stream url=\"", "\""));
    EXPECT_TRUE(stream->connected()) << twiml.body;
    if (stream->connected()) stream->start(between(twiml.body, "name=\"token\" value=\"", "\""));
    return stream;
  }

  // On the terminal; what is meant for programs may come before it.
  bool said(const std::string& text) const {
    return wait_for([&] { return server->out().find(text) != std::string::npos; });
  }

  std::size_t refusals(const std::string& reason) const {
    std::size_t count = 0;
    for (const Events::Event& event : events.named("refused"))
      if (event.text("reason") == reason) ++count;
    return count;
  }

  TemporaryFolder folder;
  Events events{folder.file("events")};
  std::unique_ptr<Jackfield> server;
  std::string voice;
};

constexpr char kTwoLines[] =
    "[line echo]\npipeline=echo.gst\nnumbers=+15550000001\n"
    "[line mute]\npipeline=mute.gst\nnumbers=+15550000002\n";

}  // namespace

// Other programs read and write these files as key files.
TEST_F(LinesTest, GKeyFileReadsTheSame) {
  const std::string sample =
      read_file(std::string{g_getenv("JACKFIELD_SOURCE_DIR")} + "/launcher/deploy/jackfield.conf");
  const std::string odd =
      "# comment\n\n[a]\nkey=value\n  spaced  =  both sides\nempty=\nescape=a\\nb\\s\n"
      "equals=a=b==\nhash=a # b\nquoted=\"x\"\nutf8=\xc3\xa4\n[line b c]\nkey=1\n";
  for (const std::string& text : {sample, odd}) {
    std::vector<TextError> errors;
    const auto sections = parse_conf_text(text, errors);
    EXPECT_TRUE(errors.empty());
    GKeyFile* file = g_key_file_new();
    ASSERT_TRUE(
        g_key_file_load_from_data(file, text.data(), text.size(), G_KEY_FILE_NONE, nullptr));
    gsize groups = 0;
    g_strfreev(g_key_file_get_groups(file, &groups));
    EXPECT_EQ(groups, sections.size());
    EXPECT_GE(groups, 2u);
    for (const ConfSection& section : sections) {
      gsize keys = 0;
      g_strfreev(g_key_file_get_keys(file, section.name.c_str(), &keys, nullptr));
      EXPECT_EQ(keys, section.keys.size()) << section.name;
      for (const ConfKey& key : section.keys) {
        gchar* value = g_key_file_get_value(file, section.name.c_str(), key.name.c_str(), nullptr);
        EXPECT_EQ(key.value, value ? value : "(none)") << key.name;
        g_free(value);
      }
    }
    g_key_file_free(file);
  }
}

// Whatever stands in the file: it is read, or told what is wrong, and nothing else.
TEST_F(LinesTest, NoiseIsToldOf) {
  unsigned state = 7;
  const auto random = [&](unsigned below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 16) % below;
  };
  const char* const pieces[] = {
      "[",          "]",          "=",         "#",        "\n",     "\n\n",   "line ", "server",
      "[line a]\n", "[server]\n", "pipeline=", "numbers=", "+1555,", ";",      " ",     "\r",
      "\t",         "max-calls=", "9",         "-",        "VAR",    "_TOKEN", "\xff",  "${HERE}"};
  unsigned good = 0, bad = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (unsigned i = random(30); i > 0; --i) text += pieces[random(std::size(pieces))];
    std::vector<TextError> errors;
    const Conf conf = read_conf(text, errors);
    ++(errors.empty() ? good : bad);
    for (const TextError& error : errors) ASSERT_LE(error.offset, text.size()) << text;
    ASSERT_TRUE(!errors.empty() || !conf.lines.empty()) << text;
  }
  EXPECT_GT(good, 0u);
  EXPECT_GT(bad, 0u);
}

TEST_F(LinesTest, MistakesInTheFile) {
  expect_conf("[server]\nmax-cals=3\n[line a]\npipeline=echo.gst\n",
              "jackfield.conf:2:1: [server] has no 'max-cals'\n"
              "    max-cals=3\n"
              "    ^\n"
              "  did you mean 'max-calls' or 'max-tasks'?\n");
  expect_conf("[server]\ntwilio-auth-token=x\n[line a]\npipeline=echo.gst\n",
              "jackfield.conf:2:1: 'twilio-auth-token' looks like a secret, and secrets are not in "
              "this file\n"
              "    twilio-auth-token=x\n"
              "    ^\n"
              "  write TWILIO_AUTH_TOKEN=... into the file .env beside it, or set it in the "
              "environment\n");
  expect_conf("[server]\nlisten=here\n[line a]\npipeline=echo.gst\n",
              "jackfield.conf:2:8: 'here' is no address to listen on\n"
              "    listen=here\n"
              "           ^\n"
              "  it looks like 127.0.0.1:8080 or [::1]:8080\n");
  expect_conf(
      "[server]\npublic-url=voice.example.com\ntrusted-proxies=10.0.0.0/8 all\n"
      "[line a]\npipeline=echo.gst\n",
      "jackfield.conf:2:12: 'voice.example.com' is not a URL for 'public-url'\n"
      "    public-url=voice.example.com\n"
      "               ^\n"
      "  it looks like https://voice.example.com\n"
      "jackfield.conf:3:17: 'all' is no address of a proxy\n"
      "    trusted-proxies=10.0.0.0/8 all\n"
      "                    ^\n"
      "  it looks like 10.0.0.7 or 10.0.0.0/8\n");
  folder.write("jackfield.conf", "\xff\xfe");
  for (const std::string command : {"run", "check"})
    EXPECT_EQ(run_jackfield(folder, {command, "jackfield.conf"}).err,
              "jackfield.conf: is not a jackfield.conf (UTF-8 text of at most 256 KiB)\n");
}

TEST_F(LinesTest, MistakesInTheLines) {
  expect_conf("[line a]\npipeline=none.gst\n", "jackfield.conf:2:10: Failed to open file “" +
                                                   folder.file("none.gst") +
                                                   "”: No such file or directory\n"
                                                   "    pipeline=none.gst\n"
                                                   "             ^\n");
  expect_conf("[line a]\npipeline=echo.gst\nNAMES=x\n",
              "jackfield.conf:3:7: the variable NAMES does not occur in " +
                  folder.file("echo.gst") +
                  "\n    NAMES=x\n"
                  "          ^\n"
                  "  did you mean 'NAME'?\n",
              1);
  folder.write("alone.gst", "fakesrc ! fakesink");
  expect_conf("[line a]\npipeline=alone.gst\n",
              "jackfield.conf:2:10: " + folder.file("alone.gst") +
                  " has neither a twiliosrc that waits for calls nor a webrtcbin: it is no line "
                  "that can be called\n"
                  "    pipeline=alone.gst\n"
                  "             ^\n"
                  "  it runs by itself: jackfield run " +
                  folder.file("alone.gst") + "\n",
              1);
  folder.write("wrong.gst", "twiliosrc ! twiliosnk");
  const std::string wrong = folder.file("wrong.gst");
  expect_conf("[line a]\npipeline=wrong.gst\n",
              wrong +
                  ":1:13: there is no element 'twiliosnk'\n"
                  "    twiliosrc ! twiliosnk\n"
                  "                ^\n"
                  "  did you mean 'twiliosink' or 'twiliosrc'?\n"
                  "jackfield.conf:2:10: the line 'a' cannot be used\n"
                  "    pipeline=wrong.gst\n"
                  "             ^\n",
              1);
  // A profile for something else.
  folder.write("other.conf", "[variables]\nVOICE=x\n");
  expect_conf("[line a]\npipeline=echo.gst\nprofile=other.conf\n",
              "jackfield.conf:3:9: the profile '" + folder.file("other.conf") +
                  "' has a value for VOICE, which does not occur in " + folder.file("echo.gst") +
                  "\n    profile=other.conf\n"
                  "            ^\n",
              1);
  folder.write("browser.gst", "webrtcbin name=peer");
  expect_conf("[line a]\npipeline=browser.gst\nnumbers=+1555000\n",
              "jackfield.conf:3:9: the line 'a' is called from browsers, which need no number\n"
              "    numbers=+1555000\n"
              "            ^\n"
              "  take it away; " +
                  folder.file("browser.gst") + " has a webrtcbin\n",
              1);
}

TEST_F(LinesTest, OptionsThatDoNotFit) {
  folder.write("jackfield.conf", kTwoLines);
  const auto error = [&](const std::vector<std::string>& arguments) {
    const Result result = run_jackfield(folder, arguments);
    EXPECT_EQ(result.code, 2) << result.out;
    return result.err;
  };
  EXPECT_EQ(error({"run", "jackfield.conf", "--profile", "local"}),
            "jackfield: --profile is for a pipeline file; in jackfield.conf each line has its own: "
            "profile=local\n");
  EXPECT_EQ(error({"check", "--print", "jackfield.conf"}),
            "jackfield: --print takes pipeline files; jackfield.conf has lines of several\n");
  EXPECT_EQ(error({"run", "jackfield.conf", "NAM=x"}),
            "jackfield: the variable NAM does not occur in the pipeline text; did you mean "
            "'NAME'?\n");
  EXPECT_EQ(error({"run", "jackfield.conf", "echo.gst"}),
            "jackfield: only one pipeline file can be run, here are 2: jackfield.conf, echo.gst; "
            "variables look like NAME=value, and a jackfield.conf has lines of several\n");
  EXPECT_EQ(
      error({"run", "jackfield.conf", "--listen", "0.0.0.0:0", "--public-url", "https://x.example"})
          .find("jackfield: listening on 0.0.0.0:0 would let anybody who finds the address "
                "place calls: TWILIO_AUTH_TOKEN is not set"),
      0u);
}

TEST_F(LinesTest, TheSampleIsGood) {
  // As when installed: the scenarios are there.
  const std::string source = g_getenv("JACKFIELD_SOURCE_DIR");
  ASSERT_EQ(symlink((source + "/pipelines").c_str(), folder.file("pipelines").c_str()), 0);
  std::string sample = read_file(source + "/launcher/deploy/jackfield.conf");
  ASSERT_NE(sample, "");
  for (std::size_t at = 0; (at = sample.find("\npipeline=", at)) != std::string::npos; at += 10)
    sample.insert(at + 10, "pipelines/");
  folder.write("jackfield.conf", sample);
  const Result result = run_jackfield(folder, {"check", "jackfield.conf"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_NE(
      result.out.find(
          "ok, line 'reception' serves phone calls\njackfield.conf: ok, line 'browser' serves "
          "browser calls"),
      std::string::npos);
  // Every key that is commented out is one.
  std::string all;
  for (std::size_t at = 0; at < sample.size();) {
    const std::size_t end = std::min(sample.find('\n', at), sample.size());
    std::string line = sample.substr(at, end - at);
    const std::size_t equals = line.find('=');
    const bool key = line.find(' ') > equals && equals != std::string::npos;
    if (line.starts_with("#[") || (line.starts_with("#") && key)) line.erase(0, 1);
    // Given twice, as an example of both.
    if (!line.starts_with("ice-servers=") || all.find("\nice-servers=") == std::string::npos)
      all += line + "\n";
    at = end + 1;
  }
  EXPECT_NE(all.find("\nnumbers=+15552223333"), std::string::npos);
  // They name things that are not here, but no key is unknown.
  folder.write("jackfield.conf", all);
  const Result with_all = run_jackfield(folder, {"check", "jackfield.conf"});
  EXPECT_EQ(with_all.err.find("jackfield.conf:"), std::string::npos) << with_all.err;
}

TEST_F(LinesTest, CheckTellsOfEachLine) {
  folder.write("jackfield.conf", kTwoLines);
  const Result result = run_jackfield(folder, {"check", "jackfield.conf"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out,
            "jackfield.conf: ok, line 'echo' serves phone calls\n"
            "jackfield.conf: ok, line 'mute' serves phone calls\n");
}

TEST_F(LinesTest, TheDoctorLooksAtEachLine) {
  folder.write("jackfield.conf", std::string{kTwoLines} + "[line c]\npipeline=echo.gst\nNAMES=x\n");
  const Result result = run_jackfield(folder, {"doctor", "jackfield.conf"});
  EXPECT_EQ(result.code, 1) << result.err;
  for (const char* text : {"jackfield.conf: line 'echo' ok", "jackfield.conf: line 'mute' ok",
                           "jackfield.conf:9:7: the variable NAMES does not occur in "})
    EXPECT_NE(result.out.find(text), std::string::npos) << result.out;
}

TEST_F(LinesTest, TheNumberFindsTheLine) {
  serve(kTwoLines, {"--calls", "2"});
  const auto echo = stream_of(webhook("%2B15550000001"));
  const auto mute = stream_of(webhook("%2B15550000002"));
  echo->send_audio(25, kTone);
  mute->send_audio(25, kTone);
  EXPECT_TRUE(wait_for([&] { return echo->received(kTone) >= 20 * 160; }));
  EXPECT_TRUE(wait_for([&] { return mute->received(kSilence) >= 20 * 160; }));
  EXPECT_EQ(mute->received(kTone), 0u);
  echo->close();
  mute->close();
  EXPECT_EQ(server->wait(), 0) << server->err();
  const auto opened = events.named("session-opened");
  ASSERT_EQ(opened.size(), 2u);
  EXPECT_EQ(opened[0].text("line"), "echo");
  EXPECT_EQ(opened[1].text("line"), "mute");
}

TEST_F(LinesTest, AnUnknownNumberIsRejectedAndTold) {
  serve(kTwoLines);
  const Reply reply = webhook("%2B15559999999");
  EXPECT_EQ(reply.status, 200u);
  EXPECT_NE(reply.body.find("<Reject reason=\"rejected\"/>"), std::string::npos) << reply.body;
  ASSERT_TRUE(events.wait("refused"));
  EXPECT_EQ(events.named("refused").front().text("reason"), "unknown-number");
  EXPECT_NE(
      server->err().find("refused: a call to +15559999999, which stands in no line's numbers"),
      std::string::npos)
      << server->err();
  // The path is for one line, whatever the number.
  const Reply named = webhook("%2B15559999999", "/mute");
  EXPECT_TRUE(between(named.body, "Stream url=\"", "\"").ends_with("/twilio/media/mute"));
  EXPECT_EQ(webhook("%2B15550000001", "/none").status, 404u);
  EXPECT_EQ(
      MediaStream{"ws" + voice.substr(4, voice.find("/twilio") - 4) + "/twilio/media"}.status(),
      404u);
}

TEST_F(LinesTest, ATokenIsForItsLine) {
  serve(kTwoLines);
  const Reply echo = webhook("%2B15550000001");
  const Reply mute = webhook("%2B15550000002");
  // The stream of one line with the token of the other.
  MediaStream stream{between(mute.body, "Stream url=\"", "\"")};
  ASSERT_TRUE(stream.connected());
  stream.start(between(echo.body, "name=\"token\" value=\"", "\""));
  EXPECT_TRUE(wait_for([&] { return stream.closed(); }));
  ASSERT_TRUE(events.wait("refused"));
  EXPECT_EQ(refusals("bad-token"), 1u);
}

TEST_F(LinesTest, SignaturesAreForTheLinesOwnAddresses) {
  const std::string token = "0123456789abcdef0123456789abcdef";
  serve(kTwoLines, {}, {{"TWILIO_AUTH_TOKEN", token}});
  const std::string form = "CallSid=CA00000000000000000000000000000001&To=%2B15550000001";
  const auto sign = [&](const std::string& url, const std::string& body = {}) {
    return Headers{
        {"X-Twilio-Signature", twilio::twilio_signature(token, url, twilio::parse_form(body))}};
  };
  EXPECT_EQ(request("POST", voice + "/mute", form, sign(voice, form)).status, 403u);
  const Reply twiml = request("POST", voice + "/mute", form, sign(voice + "/mute", form));
  ASSERT_EQ(twiml.status, 200u);
  const std::string mute = between(twiml.body, "Stream url=\"", "\"");
  const std::string echo = mute.substr(0, mute.rfind('/')) + "/echo";
  EXPECT_EQ((MediaStream{echo, sign(mute)}.status()), 403u);
  MediaStream stream{mute, sign(mute)};
  ASSERT_TRUE(stream.connected());
  stream.start(between(twiml.body, "name=\"token\" value=\"", "\""));
  ASSERT_TRUE(events.wait("twilio/call-started"));
  EXPECT_EQ(events.named("session-opened").front().text("line"), "mute");
}

TEST_F(LinesTest, LimitsOfALineAndOfAll) {
  serve(
      "max-calls=2\n[line one]\npipeline=echo.gst\nnumbers=+15550000001\nmax-calls=1\n"
      "[line two]\npipeline=echo.gst\nnumbers=+15550000002\n");
  const auto first = stream_of(webhook("%2B15550000001"));
  ASSERT_TRUE(events.wait("twilio/call-started", 1));
  EXPECT_NE(webhook("%2B15550000001").body.find("<Reject reason=\"busy\"/>"), std::string::npos);
  const auto second = stream_of(webhook("%2B15550000002"));
  ASSERT_TRUE(events.wait("twilio/call-started", 2));
  EXPECT_NE(webhook("%2B15550000002").body.find("<Reject reason=\"busy\"/>"), std::string::npos);
  first->close();
  ASSERT_TRUE(events.wait("session-closed"));
  EXPECT_NE(webhook("%2B15550000001").body.find("<Stream"), std::string::npos);
}

TEST_F(LinesTest, ACallOfALineMayBeShorter) {
  serve("[line one]\npipeline=echo.gst\nmax-call-duration=1\n");
  const auto stream = stream_of(webhook("x"));
  ASSERT_TRUE(events.wait("session-closed"));
  EXPECT_EQ(events.named("session-closed").front().text("reason"), "max-duration");
}

TEST_F(LinesTest, OptionsCountBeforeTheFileAndItsVariablesBeforeTheEnvironment) {
  folder.write("named.gst", "twiliosrc ! twiliosink name=${NAME} ${WRONG:-}");
  // Each line is good with the first of its values only.
  folder.write("jackfield.conf",
               "[server]\nlisten=127.0.0.1:1\nevents=of-the-file\nmax-calls=7\n"
               "[line one]\npipeline=named.gst\nNAME=ok\n");
  server =
      std::make_unique<Jackfield>(folder,
                                  std::vector<std::string>{"run", "jackfield.conf", "--listen",
                                                           "127.0.0.1:0", "--events", "events"},
                                  Jackfield::Variables{{"NAME", "with spaces !"}});
  ASSERT_TRUE(events.wait("listening")) << server->err();
  EXPECT_TRUE(said("at most 7 calls at a time")) << server->out();
  EXPECT_EQ(read_file(folder.file("of-the-file")), "");
  server->signal(SIGTERM);
  EXPECT_EQ(server->wait(), 0) << server->err();
}

TEST_F(LinesTest, PathsCountFromTheFileAndSecretsStandBesideIt) {
  ASSERT_EQ(g_mkdir_with_parents(folder.file("etc").c_str(), 0700), 0);
  folder.write("etc/here.gst",
               "twiliosrc ! mulawdec ! mulawenc ! twiliosink filesrc location=${FILE} ! fakesink");
  folder.write("etc/data", "x");
  folder.write("etc/jackfield.conf",
               "[server]\nlisten=127.0.0.1:0\nevents=events\nrecordings=r\n"
               "[line one]\npipeline=here.gst\nFILE=${HERE}/data\n");
  folder.write("etc/.env", "SOME_TOKEN=0123456789abcdef\n");
  ASSERT_EQ(chmod(folder.file("etc/.env").c_str(), 0600), 0);
  server =
      std::make_unique<Jackfield>(folder, std::vector<std::string>{"run", "etc/jackfield.conf"});
  const Events inside{folder.file("etc/events")};
  ASSERT_TRUE(inside.wait("listening")) << server->err();
  EXPECT_TRUE(said("etc/.env are used")) << server->out();
  EXPECT_TRUE(g_file_test(folder.file("etc/r").c_str(), G_FILE_TEST_IS_DIR));
}
