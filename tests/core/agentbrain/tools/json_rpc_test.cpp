#include "json_rpc.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;
using Kind = RpcMessage::Kind;

RpcMessage one(const std::string& text) {
  const RpcReading reading = read_rpc(text);
  EXPECT_EQ(reading.malformed, 0u) << reading.mistake;
  EXPECT_EQ(reading.messages.size(), 1u);
  return reading.messages.empty() ? RpcMessage{} : reading.messages.front();
}

TEST(JsonRpc, ReadsEachKindOfMessage) {
  const RpcMessage request =
      one(R"({"jsonrpc":"2.0","id":"a\"b","method":"ping","params":{"x":1}})");
  EXPECT_EQ(request.kind, Kind::kRequest);
  EXPECT_EQ(request.id, R"("a\"b")");
  EXPECT_EQ(request.method, "ping");
  EXPECT_EQ(request.params.find("x")->number, 1);
  EXPECT_EQ(one(R"({"jsonrpc":"2.0","id":7,"method":"m"})").id, "7");
  EXPECT_EQ(one(R"({"jsonrpc":"2.0","method":"m"})").kind, Kind::kNotification);
  const RpcMessage result = one(R"({"jsonrpc":"2.0","id":7,"result":{"a":[1]}})");
  EXPECT_EQ(result.kind, Kind::kResult);
  EXPECT_EQ(result.number, 7u);
  EXPECT_EQ(result.value.find("a")->items.size(), 1u);
  const RpcMessage error =
      one(R"({"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no","data":3}})");
  EXPECT_EQ(error.kind, Kind::kError);
  EXPECT_EQ(error.code, kRpcMethodNotFound);
  EXPECT_EQ(error.text, "no");
  EXPECT_EQ(error.value.number, 3);
  // The peer could not read our message: it does not know the number.
  EXPECT_FALSE(one(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}})").number);
}

TEST(JsonRpc, RefusesWhatIsNoMessage) {
  for (const char* text : {
           "",
           "x",
           "1",
           "\"a\"",
           "{}",
           "[]",
           R"({"jsonrpc":"1.0","id":1,"result":{}})",
           R"({"jsonrpc":"2.0","id":1})",
           R"({"jsonrpc":"2.0","id":"1","result":{}})",
           R"({"jsonrpc":"2.0","id":-1,"result":{}})",
           R"({"jsonrpc":"2.0","id":1.5,"result":{}})",
           R"({"jsonrpc":"2.0","id":1e300,"result":{}})",
           R"({"jsonrpc":"2.0","id":1,"error":"no"})",
           R"({"jsonrpc":"2.0","id":{},"method":"m"})",
           R"({"jsonrpc":"2.0","method":""})",
           R"({"jsonrpc":"2.0","method":7})",
           R"({"jsonrpc":"2.0","id":1,"id":1,"result":{}})",
       }) {
    const RpcReading reading = read_rpc(text);
    EXPECT_TRUE(reading.messages.empty()) << text;
    EXPECT_EQ(reading.malformed, 1u) << text;
    EXPECT_FALSE(reading.mistake.empty()) << text;
  }
}

TEST(JsonRpc, ReadsTheGoodOnesOfABatch) {
  const RpcReading reading =
      read_rpc(R"([{"jsonrpc":"2.0","method":"a"},3,{"jsonrpc":"2.0","id":1,"result":null}])");
  ASSERT_EQ(reading.messages.size(), 2u);
  EXPECT_EQ(reading.messages[1].number, 1u);
  EXPECT_EQ(reading.malformed, 1u);
}

TEST(JsonRpc, WritesOneLine) {
  EXPECT_EQ(rpc_request(1, "a", ""), R"({"jsonrpc":"2.0","id":1,"method":"a"})");
  EXPECT_EQ(rpc_request(2, "a", R"({"b":1})"),
            R"({"jsonrpc":"2.0","id":2,"method":"a","params":{"b":1}})");
  EXPECT_EQ(rpc_notification("n", "{}"), R"({"jsonrpc":"2.0","method":"n","params":{}})");
  EXPECT_EQ(rpc_result("\"x\"", "{}"), R"({"jsonrpc":"2.0","id":"x","result":{}})");
  EXPECT_EQ(rpc_error("3", -1, "a\nb"),
            R"({"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"a\nb"}})");
}

}  // namespace
