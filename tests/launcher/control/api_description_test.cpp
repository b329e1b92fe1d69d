// The description of the API, openapi.json, has exactly the routes that the server has. (That each
// answer is as described is in tests/e2e/control_api_test.py.)
#include <gtest/gtest.h>

#include <set>

#include "api_client.hpp"
#include "control/control.hpp"
#include "json_members.hpp"

namespace jackfield {
namespace {

const char* type_of(JsonValue::Kind kind) {
  return kind == JsonValue::Kind::kString    ? "string"
         : kind == JsonValue::Kind::kBoolean ? "boolean"
         : kind == JsonValue::Kind::kObject  ? "object"
         : kind == JsonValue::Kind::kArray   ? "array"
                                             : "number";
}

// One, or several: "string or object".
std::string types_of(const JsonValue& type) {
  std::string text = type.string;
  for (const JsonValue& one : type.items) text += (text.empty() ? "" : " or ") + one.string;
  return text;
}

using Names = std::set<std::string>;

class ApiDescriptionTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string error;
    ASSERT_TRUE(server.listen(address, error)) << error;
    const test::ApiReply reply = test::api_request(address, "GET", "/api/v1/openapi.json");
    ASSERT_EQ(reply.status, 200);
    document = read_json(reply.body);
  }
  const JsonValue& at(const JsonValue& object, const std::string& name) {
    const JsonValue* value = object.find(name);
    EXPECT_TRUE(value) << name << " is missing";
    return value ? *value : nothing;
  }
  // The members of a request's body: name, type and whether it has to be there.
  Names body_of(const JsonValue& operation) {
    const JsonValue* body = operation.find("requestBody");
    if (!body) return {};
    const JsonValue& schema = at(at(at(*body, "content"), "application/json"), "schema");
    EXPECT_TRUE(schema.find("additionalProperties"));
    Names required;
    if (const JsonValue* list = schema.find("required"))
      for (const JsonValue& name : list->items) required.insert(name.string);
    Names members;
    for (const JsonMember& member : at(schema, "properties").members)
      members.insert(member.key + " " + types_of(at(member.value, "type")) +
                     (required.contains(member.key) ? " required" : ""));
    return members;
  }
  static Names query_of(const JsonValue& operation) {
    Names names;
    if (const JsonValue* list = operation.find("parameters")) {
      for (const JsonValue& parameter : list->items) {
        if (string_member(parameter, "in") == "query")
          names.insert(string_member(parameter, "name"));
      }
    }
    return names;
  }

  const JsonValue nothing{};
  test::TemporaryFolder folder;
  HttpServer server;
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  LocalSessionRegistry registry{1};
  Refusals refusals;
  Control control{
      {.access = {}, .max_sessions = 1, .recordings = folder.path()}, server, registry, refusals};
  JsonValue document;
};

TEST_F(ApiDescriptionTest, EveryRouteIsDescribed) {
  const JsonValue& paths = at(document, "paths");
  for (const ApiRoute& route : control.router().routes()) {
    SCOPED_TRACE(route.method + " " + route.path);
    const JsonValue* path = paths.find(route.path);
    ASSERT_TRUE(path);
    const gstpp::CharPtr method{g_ascii_strdown(route.method.c_str(), -1)};
    const JsonValue* operation = path->find(method.get());
    ASSERT_TRUE(operation);
    EXPECT_EQ(query_of(*operation), Names(route.query.begin(), route.query.end()));
    Names members;
    for (const ApiMember& member : route.body)
      members.insert(std::string{member.name} + " " + type_of(member.kind) +
                     (member.other ? std::string{" or "} + type_of(*member.other) : "") +
                     (member.required ? " required" : ""));
    EXPECT_EQ(body_of(*operation), members);
    EXPECT_FALSE(string_member(*operation, "summary").empty());
    EXPECT_FALSE(string_member(*operation, "operationId").empty());
    EXPECT_EQ(route.path.find("{id}") != std::string::npos, path->find("parameters") != nullptr);
  }
}

TEST_F(ApiDescriptionTest, NothingIsDescribedThatIsNotThere) {
  Names there;
  for (const ApiRoute& route : control.router().routes()) {
    const gstpp::CharPtr method{g_ascii_strdown(route.method.c_str(), -1)};
    there.insert(route.path + " " + method.get());
  }
  for (const JsonMember& path : at(document, "paths").members) {
    for (const JsonMember& operation : path.value.members) {
      if (operation.key == "parameters") continue;
      EXPECT_TRUE(there.contains(path.key + " " + operation.key)) << path.key;
    }
  }
}

TEST_F(ApiDescriptionTest, ReferencesLeadSomewhere) {
  std::vector<const JsonValue*> left{&document};
  int count = 0;
  while (!left.empty()) {
    const JsonValue* value = left.back();
    left.pop_back();
    for (const JsonValue& item : value->items) left.push_back(&item);
    for (const JsonMember& member : value->members) {
      left.push_back(&member.value);
      if (member.key != "$ref") continue;
      ++count;
      const JsonValue* target = &document;
      std::string_view path = member.value.string;
      ASSERT_TRUE(path.starts_with("#/")) << path;
      path.remove_prefix(2);
      while (target && !path.empty()) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        target = target->find(path.substr(0, slash));
        path.remove_prefix(std::min(slash + 1, path.size()));
      }
      EXPECT_TRUE(target) << member.value.string;
    }
  }
  EXPECT_GT(count, 20);
}

}  // namespace
}  // namespace jackfield
