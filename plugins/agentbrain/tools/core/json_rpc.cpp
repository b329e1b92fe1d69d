#include "json_rpc.hpp"

#include <cmath>
#include <utility>

#include "json_members.hpp"
#include "json_serialize.hpp"

namespace agentbrain::tools {

using jackfield::JsonValue;
using Kind = JsonValue::Kind;

namespace {

constexpr double kLargestNumber = 9007199254740991.0;  // 2^53 - 1: beyond, a double is not exact
constexpr std::size_t kMostBatched = 1000;

bool whole(double number) {
  return std::floor(number) == number && std::fabs(number) <= kLargestNumber;
}

std::string version() { return R"({"jsonrpc":"2.0")"; }

// What is wrong with it; "" when it was read.
std::string read_one(JsonValue& value, RpcMessage& message) {
  if (!value.is(Kind::kObject)) return "it is no object";
  if (jackfield::string_member(value, "jsonrpc") != "2.0") return "\"jsonrpc\" is not \"2.0\"";
  JsonValue* id = const_cast<JsonValue*>(value.find("id"));
  const auto take = [&](std::string_view key) {
    JsonValue* member = const_cast<JsonValue*>(value.find(key));
    return member ? std::move(*member) : JsonValue{};
  };
  if (value.find("method")) {
    message.method = jackfield::string_member(value, "method");
    if (message.method.empty()) return "\"method\" is no name";
    message.kind = id ? RpcMessage::Kind::kRequest : RpcMessage::Kind::kNotification;
    if (id) {
      if (!id->is(Kind::kString) && !id->is(Kind::kNumber)) return "\"id\" is no string or number";
      message.id = jackfield::to_json(*id);
    }
    message.params = take("params");
    return "";
  }
  const bool number = id && id->is(Kind::kNumber) && id->number >= 0 && whole(id->number);
  if (number) message.number = static_cast<std::uint64_t>(id->number);
  const JsonValue* error = value.find("error");
  if (error) {
    if (!error->is(Kind::kObject)) return "\"error\" is no object";
    message.kind = RpcMessage::Kind::kError;
    const double code = jackfield::number_member(*error, "code");
    message.code = whole(code) && std::fabs(code) < 1e9 ? static_cast<int>(code) : 0;
    message.text = jackfield::string_member(*error, "message");
    if (JsonValue* data = const_cast<JsonValue*>(error->find("data")))
      message.value = std::move(*data);
    return "";
  }
  if (!number) return "it is neither a request nor an answer to one of ours";
  if (!value.find("result")) return "it has neither \"method\", \"result\" nor \"error\"";
  message.kind = RpcMessage::Kind::kResult;
  message.value = take("result");
  return "";
}

}  // namespace

RpcReading read_rpc(std::string_view text) {
  RpcReading reading;
  const auto wrong = [&](std::string mistake) {
    ++reading.malformed;
    if (reading.mistake.empty()) reading.mistake = std::move(mistake);
  };
  auto json = jackfield::parse_json(text);
  if (!json.value) {
    wrong("no JSON: " + json.error);
    return reading;
  }
  const auto read = [&](JsonValue& value) {
    RpcMessage message;
    if (std::string mistake = read_one(value, message); !mistake.empty()) {
      wrong(std::move(mistake));
    } else {
      reading.messages.push_back(std::move(message));
    }
  };
  if (!json.value->is(Kind::kArray)) {
    read(*json.value);
    return reading;
  }
  if (json.value->items.empty() || json.value->items.size() > kMostBatched) {
    wrong("a batch of no message, or of too many");
    return reading;
  }
  for (JsonValue& item : json.value->items) read(item);
  return reading;
}

std::string rpc_request(std::uint64_t number, std::string_view method, std::string_view params) {
  std::string text = version() + R"(,"id":)" + std::to_string(number) + R"(,"method":)" +
                     jackfield::quote_json(method);
  if (!params.empty()) text.append(R"(,"params":)").append(params);
  return text + "}";
}

std::string rpc_notification(std::string_view method, std::string_view params) {
  std::string text = version() + R"(,"method":)" + jackfield::quote_json(method);
  if (!params.empty()) text.append(R"(,"params":)").append(params);
  return text + "}";
}

std::string rpc_result(std::string_view id, std::string_view result) {
  return version() + R"(,"id":)" + std::string(id) + R"(,"result":)" + std::string(result) + "}";
}

std::string rpc_error(std::string_view id, int code, std::string_view text) {
  return version() + R"(,"id":)" + std::string(id) + R"(,"error":{"code":)" + std::to_string(code) +
         R"(,"message":)" + jackfield::quote_json(text) + "}}";
}

}  // namespace agentbrain::tools
