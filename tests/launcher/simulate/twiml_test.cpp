#include "simulate/io/twiml.hpp"

#include <gtest/gtest.h>

namespace jackfield::simulate {
namespace {

std::string connect(const std::string& inside) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Connect>" + inside +
         "</Connect></Response>";
}

TEST(TwimlTest, ReadsTheStream) {
  const auto result = parse_twiml(
      connect("<Stream url=\"wss://h/media\" name=\"n\" track=\"inbound_track\" "
              "statusCallback=\"https://h/s\" statusCallbackMethod=\"GET\">\n"
              "  <Parameter name=\"token\" value=\"a&amp;b\"/><Parameter name=\"x\" value=\"\"/>\n"
              "</Stream>"));
  ASSERT_EQ(result.error, "");
  EXPECT_EQ(result.stream.url, "wss://h/media");
  EXPECT_EQ(result.stream.name, "n");
  EXPECT_EQ(result.stream.status_callback, "https://h/s");
  EXPECT_TRUE(result.stream.status_callback_get);
  ASSERT_EQ(result.stream.parameters.size(), 2u);
  EXPECT_EQ(result.stream.parameters[0].second, "a&b");
}

TEST(TwimlTest, AHangupMayFollow) {
  EXPECT_EQ(parse_twiml("<Response><Connect><Stream url=\"ws://h\"/></Connect><Hangup/></Response>")
                .error,
            "");
}

TEST(TwimlTest, RefusesWithAReason) {
  const std::pair<std::string, const char*> kBad[] = {
      {"", "empty"},
      {"hello", "Document must begin with an element"},
      {"<Response>", "ended"},
      {"<Response></Response>", "no <Connect><Stream>"},
      {"<response><Connect/></response>", "<response> stands where <Response>"},
      {"<Response><Reject reason=\"busy\"/></Response>", "rejects the call (reason \"busy\")"},
      {"<Response><Hangup/></Response>", "hangs up at once"},
      {"<Response><Say>hi</Say></Response>", "<Say> is not simulated"},
      {"<Response>hi</Response>", "text inside <Response>"},
      {"<Response><Start><Stream url=\"ws://h\"/></Start></Response>", "<Start> is not simulated"},
      {connect(""), "no <Connect><Stream>"},
      {connect("<Stream/>"), "has no url"},
      {connect("<Stream url=\"ws://h\" ur=\"x\"/>"), "no attribute \"ur\""},
      {connect("<Stream url=\"ws://h\" track=\"both_tracks\"/>"), "31941"},
      {connect("<Stream url=\"ws://h\" statusCallbackMethod=\"PUT\"/>"), "neither GET nor POST"},
      {connect("<Stream url=\"ws://a\"/><Stream url=\"ws://b\"/>"), "second <Stream>"},
      {connect("<Room>x</Room>"), "<Room> inside <Connect>"},
      {connect("<Stream url=\"ws://h\"><Parameter name=\"a\"/></Stream>"), "name and value"},
      {connect("<Stream url=\"ws://h\"><Parameter name=\"a\" value=\"1\"/><Parameter name=\"a\" "
               "value=\"2\"/></Stream>"),
       "repeated"},
      {connect("<Stream url=\"ws://h\"><Parameter name=\"a\" value=\"" + std::string(500, 'x') +
               "\"/></Stream>"),
       "longer than 500"},
      {connect("<Stream url=\"ws://h\"><Param/></Stream>"), "<Param> inside <Stream>"},
  };
  for (const auto& [text, wanted] : kBad) {
    const auto result = parse_twiml(text);
    EXPECT_NE(result.error.find(wanted), std::string::npos) << text << "\n  " << result.error;
  }
}

}  // namespace
}  // namespace jackfield::simulate
