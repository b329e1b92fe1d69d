// How long the sound of a call over WebRTC is on its way, as the API tells it: from a message of
// the call, or from a file that anybody may have changed.
#include "control/media_json.hpp"

#include <gtest/gtest.h>
#include <json-glib/json-glib.h>

#include <memory>

#include "plugins/common/gstpp.hpp"

namespace jackfield {
namespace {

std::string media(const char* latency) {
  const gstpp::GObjectPtr<JsonParser> parser{json_parser_new()};
  EXPECT_TRUE(json_parser_load_from_data(parser.get(), latency, -1, nullptr)) << latency;
  return to_text(media_json(json_node_get_object(json_parser_get_root(parser.get()))).get());
}

TEST(MediaJsonTest, BothWaysInMilliseconds) {
  EXPECT_EQ(media(R"({"incoming":{"total":52100000,"assumed":15000000,"parts":[
                       {"name":"capture","time":15000000,"origin":"assumed","budget-min":5000000,"budget-max":20000000},
                       {"name":"network","time":1234567,"origin":"measured"}]},
                     "outgoing":{"total":83000000,"parts":[]}})"),
            R"({"incoming":{"total":52.1,"assumed":15,"parts":[)"
            R"({"name":"capture","ms":15,"origin":"assumed","budget-min":5,"budget-max":20},)"
            R"({"name":"network","ms":1.235,"origin":"measured"}]},)"
            R"("outgoing":{"total":83,"parts":[]}})");
}

TEST(MediaJsonTest, OfOneWayOnlyThatOne) {
  EXPECT_EQ(media(R"({"outgoing":{"total":1000000}})"), R"({"outgoing":{"total":1,"parts":[]}})");
  EXPECT_EQ(media("{}"), "{}");
}

TEST(MediaJsonTest, WhatIsOfAnotherKindIsLeftOut) {
  for (const char* way : {"null", "7", R"("text")", "[]", "true"})
    EXPECT_EQ(media((R"({"incoming":)" + std::string{way} + "}").c_str()), "{}") << way;
  EXPECT_EQ(
      media(
          R"({"incoming":{"total":"long","assumed":null,"parts":{"name":"x"},"more":1},"sideways":{}})"),
      R"({"incoming":{"parts":[]}})");
  EXPECT_EQ(
      media(R"({"incoming":{"total":1.5,"parts":[1,null,"x",[],{"name":7,"time":"1","origin":{}},
                       {"name":"network","time":2000000,"secret":"x"}]}})"),
      R"({"incoming":{"parts":[{},{"name":"network","ms":2}]}})");
}

TEST(MediaJsonTest, NumbersOfAnySize) {
  EXPECT_EQ(media(R"({"incoming":{"total":0,"assumed":-1000000,"parts":[]}})"),
            R"({"incoming":{"total":0,"assumed":-1,"parts":[]}})");
  EXPECT_NE(
      media(R"({"incoming":{"total":9223372036854775807}})").find(R"("total":9223372036854.)"),
      std::string::npos);
}

}  // namespace
}  // namespace jackfield
