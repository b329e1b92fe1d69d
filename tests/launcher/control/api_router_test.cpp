// The routes of the control API over real connections: who gets in, what a request may be, and
// answers that come later.
#include "control/api_router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "api_client.hpp"

namespace jackfield {
namespace {

using test::api_request;
using test::ApiConnection;
using test::ApiReply;
using test::wait_for;
using testing::HasSubstr;
using testing::Not;

constexpr char kToken[] = "0123456789abcdef-the-token";

class ApiRouterTest : public testing::Test {
 protected:
  void open(ApiAccess::Config config = {}) {
    config.refused = [this](Refusal why, const std::string&) { refused.push_back(why); };
    access.emplace(std::move(config));
    router.emplace(server, *access);
    router->add({.method = "GET", .path = "/api/v1/now", .query = {"line"}},
                [](const ApiRequest& request, const ApiAnswerPtr& answer) {
                  answer->text(200, "text/plain", "line " + request.query("line").value_or("-"));
                });
    router->add({.method = "POST",
                 .path = "/api/v1/things/{id}/do",
                 .body = {{"reason", JsonValue::Kind::kString, true},
                          {"caller", JsonValue::Kind::kBoolean},
                          {"gain", JsonValue::Kind::kNumber}}},
                [](const ApiRequest& request, const ApiAnswerPtr& answer) {
                  answer->text(202, "text/plain",
                               request.path_value("id") + " " +
                                   request.text("reason").value_or("") +
                                   (request.flag("caller").value_or(false) ? " caller" : ""));
                });
    router->add({.method = "GET", .path = "/api/v1/later"},
                [this](const ApiRequest&, const ApiAnswerPtr& answer) { later.push_back(answer); });
    router->add({.method = "GET", .path = "/api/v1/never"},
                [](const ApiRequest&, const ApiAnswerPtr&) {});
    router->add({.method = "GET", .path = "/api/v1/throws"},
                [](const ApiRequest&, const ApiAnswerPtr&) { throw std::runtime_error("oh"); });
    router->add({.method = "GET", .path = "/metrics"},
                [](const ApiRequest&, const ApiAnswerPtr& answer) {
                  answer->text(200, "text/plain", "figures");
                });
    std::string error;
    ASSERT_TRUE(server.listen(address, error)) << error;
  }
  ApiReply get(const std::string& target, const std::string& fields = "") {
    return api_request(address, "GET", target, "", fields);
  }
  ApiReply post(const std::string& body,
                const std::string& fields = "Content-Type: application/json\r\n") {
    return api_request(address, "POST", "/api/v1/things/one/do", body, fields);
  }

  HttpServer server{{.connections = 100, .per_address = 100}};
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  std::vector<Refusal> refused;
  std::optional<ApiAccess> access;
  std::optional<ApiRouter> router;
  std::vector<ApiAnswerPtr> later;
};

TEST_F(ApiRouterTest, AnswersWhatIsAsked) {
  open();
  EXPECT_EQ(get("/api/v1/now").body, "line -");
  EXPECT_EQ(get("/api/v1/now?line=first%20line").body, "line first line");
  EXPECT_EQ(get("/metrics").body, "figures");
  const ApiReply done = post(R"({"reason":"enough","caller":true})");
  EXPECT_EQ(done.status, 202);
  EXPECT_EQ(done.body, "one enough caller");
}

TEST_F(ApiRouterTest, AnswersAreOfNoUseToForeignPages) {
  open();
  for (const char* target : {"/api/v1/now", "/api/v1/nothing"}) {
    const ApiReply reply = get(target);
    EXPECT_THAT(reply.head, HasSubstr("Cross-Origin-Resource-Policy: same-origin")) << target;
    EXPECT_THAT(reply.head, HasSubstr("X-Content-Type-Options: nosniff"));
    EXPECT_THAT(reply.head, HasSubstr("Cache-Control: no-store"));
    EXPECT_THAT(reply.head, HasSubstr("Content-Security-Policy: default-src 'none'"));
    EXPECT_THAT(reply.head, Not(HasSubstr("Access-Control")));
  }
}

TEST_F(ApiRouterTest, PathsAndMethodsThatAreNotThere) {
  open();
  for (const char* target :
       {"/api/v1/nothing", "/api", "/api/", "/api/v1", "/api/v1/now/", "/api/v1/things/../now",
        "/api/v1/things/%2e%2e/do", "/api/v1/things/a%2fb/do", "/api/v1/things//do"}) {
    const ApiReply reply = api_request(address, "POST", target);
    EXPECT_TRUE(reply.status == 404 || reply.status == 400 || reply.status == 405)
        << target << " " << reply.status;
  }
  const ApiReply wrong = api_request(address, "DELETE", "/api/v1/now");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.code(), "no-such-method");
  EXPECT_THAT(wrong.head, HasSubstr("Allow: GET"));
  // The question of a browser before a foreign page's request.
  const ApiReply preflight = api_request(address, "OPTIONS", "/api/v1/things/one/do", "",
                                         "Access-Control-Request-Method: POST\r\n");
  EXPECT_EQ(preflight.status, 405);
  EXPECT_THAT(preflight.head, Not(HasSubstr("Access-Control")));
  const ApiReply head = api_request(address, "HEAD", "/api/v1/now");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST_F(ApiRouterTest, QueriesHaveOnlyWhatTheRouteKnows) {
  open();
  const ApiReply unknown = get("/api/v1/now?lin=x");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.code(), "bad-query");
  EXPECT_THAT(unknown.body, HasSubstr("did you mean 'line'?"));
  EXPECT_EQ(get("/api/v1/now?line=a&line=b").status, 400);
  EXPECT_EQ(get("/api/v1/now?line=%ff").code(), "bad-query");
  EXPECT_EQ(get("/api/v1/now?%ff=1").code(), "bad-query");
}

TEST_F(ApiRouterTest, BodiesAreObjectsOfKnownMembers) {
  open();
  const ApiReply unknown = post(R"({"reason":"x","callr":true})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.code(), "bad-member");
  EXPECT_THAT(unknown.body, HasSubstr("did you mean 'caller'?"));
  EXPECT_THAT(post(R"({"reason":7})").body, HasSubstr("must be a string"));
  EXPECT_THAT(post(R"({"caller":true})").body, HasSubstr("reason is missing"));
  for (const std::string& body :
       {std::string{"{"}, std::string{"[]"}, std::string{"null"}, std::string{"{}{}"},
        std::string{R"({"reason":"a","reason":"b"})"}, std::string{"{\"reason\":\"\xff\"}"},
        std::string(60000, '['), std::string{"{'reason':'x'}"}})
    EXPECT_EQ(post(body).code(), "bad-json") << body.substr(0, 40);
  EXPECT_EQ(post("").code(), "bad-member");
}

TEST_F(ApiRouterTest, FormsAndOtherTypesAreRefused) {
  open();
  for (const char* type :
       {"", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n", "Content-Type: application/jsonp\r\n"})
    EXPECT_EQ(post(R"({"reason":"x"})", type).code(), "not-json") << type;
  EXPECT_EQ(post(R"({"reason":"x"})", "Content-Type: Application/JSON; charset=utf-8\r\n").status,
            202);
}

TEST_F(ApiRouterTest, HugeBodiesAreRefused) {
  open();
  EXPECT_EQ(post("{\"reason\":\"" + std::string(70000, 'x') + "\"}").status, 413);
  EXPECT_EQ(post("{\"reason\":\"" + std::string(60000, 'x') + "\"}").status, 202);
}

TEST_F(ApiRouterTest, WhatGoesWrongInAHandlerIsAnError) {
  open();
  EXPECT_EQ(get("/api/v1/throws").status, 500);
  EXPECT_EQ(get("/api/v1/never").status, 500);
  EXPECT_EQ(get("/api/v1/never").code(), "internal");
}

TEST_F(ApiRouterTest, AnAnswerMayComeLater) {
  open();
  ApiConnection first{address, "GET /api/v1/later HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"};
  ASSERT_TRUE(wait_for([this] { return later.size() == 1; }));
  EXPECT_EQ(get("/api/v1/now").status, 200);  // others do not wait for it
  EXPECT_FALSE(later[0]->is_over());
  later[0]->text(200, "text/plain", "at last");
  EXPECT_TRUE(later[0]->is_over());
  later[0]->text(500, "text/plain", "once more");
  EXPECT_EQ(test::api_reply(first.read()).body, "at last");
}

TEST_F(ApiRouterTest, ClientsMayBeGoneBeforeTheAnswer) {
  open();
  std::vector<std::unique_ptr<ApiConnection>> clients;
  for (int i = 0; i < 20; ++i)
    clients.push_back(std::make_unique<ApiConnection>(
        address, "GET /api/v1/later HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
  ASSERT_TRUE(wait_for([this] { return later.size() == 20; }));
  clients.clear();
  wait_for([] { return false; }, 0.2);
  for (std::size_t i = 0; i < later.size(); i += 2)
    later[i]->text(200, "text/plain", std::string(100000, 'x'));
  later.clear();
  wait_for([] { return false; }, 0.2);
  EXPECT_EQ(get("/api/v1/now").status, 200);
}

TEST_F(ApiRouterTest, TheServerMayBeGoneBeforeTheAnswer) {
  open();
  std::optional<ApiConnection> client;
  {
    HttpServer other;
    ApiRouter routes{other, *access};
    routes.add({.method = "GET", .path = "/api/v1/later"},
               [this](const ApiRequest&, const ApiAnswerPtr& answer) { later.push_back(answer); });
    ListenAddress where{.host = "127.0.0.1", .port = 0};
    std::string error;
    ASSERT_TRUE(other.listen(where, error)) << error;
    client.emplace(where, "GET /api/v1/later HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    ASSERT_TRUE(wait_for([this] { return later.size() == 1; }));
  }
  later[0]->text(200, "text/plain", "at last");
  later.clear();
  wait_for([] { return false; }, 0.1);
}

TEST_F(ApiRouterTest, WithATokenOnlyWhoKnowsIt) {
  open({.token = Secret{kToken}, .exposed = true, .public_url = {}, .refused = {}});
  const ApiReply missing = get("/api/v1/now");
  EXPECT_EQ(missing.status, 401);
  EXPECT_EQ(missing.code(), "token-missing");
  EXPECT_THAT(missing.head, HasSubstr("WWW-Authenticate: Bearer"));
  const ApiReply wrong = get("/api/v1/now", "Authorization: Bearer 0123456789abcdef\r\n");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.code(), "token-wrong");
  EXPECT_EQ(get("/metrics").status, 401);
  EXPECT_EQ(get("/api/v1/nothing").status, 401);
  const std::string right = std::string{"Authorization: Bearer "} + kToken + "\r\n";
  EXPECT_EQ(get("/api/v1/now", right).status, 200);
  EXPECT_EQ(get("/metrics", right).status, 200);
  EXPECT_EQ(get("/api/v1/now", "Host: voice.example.com\r\n" + right).status, 200);
  EXPECT_EQ(refused, std::vector<Refusal>{Refusal::kBadApiToken});
}

TEST_F(ApiRouterTest, GuessingATokenIsSlow) {
  open({.token = Secret{kToken}, .exposed = false, .public_url = {}, .refused = {}});
  int wrong = 0;
  int too_many = 0;
  for (int i = 0; i < 15; ++i) {
    const ApiReply reply =
        get("/api/v1/now", "Authorization: Bearer guess" + std::to_string(i) + "\r\n");
    wrong += reply.status == 401;
    too_many += reply.status == 429;
  }
  // One more may be given back meanwhile on a machine that is very busy.
  EXPECT_THAT(wrong, testing::AllOf(testing::Ge(10), testing::Le(14)));
  EXPECT_EQ(wrong + too_many, 15);
  // Who knows it does not wait behind somebody who guesses.
  EXPECT_EQ(get("/api/v1/now", std::string{"Authorization: Bearer "} + kToken + "\r\n").status,
            200);
}

TEST_F(ApiRouterTest, WithoutATokenOnlyThisMachine) {
  open();
  EXPECT_EQ(get("/api/v1/now", "Host: evil.example\r\n").code(), "foreign-host");
  EXPECT_EQ(get("/api/v1/now", "Origin: http://evil.example\r\n").code(), "foreign-origin");
  EXPECT_EQ(get("/api/v1/now", "Sec-Fetch-Site: cross-site\r\n").code(), "foreign-origin");
  EXPECT_EQ(get("/api/v1/now", "X-Forwarded-For: 127.0.0.1\r\n").code(), "not-this-machine");
  EXPECT_EQ(get("/api/v1/now", "Forwarded: for=127.0.0.1\r\n").code(), "not-this-machine");
  EXPECT_EQ(get("/api/v1/now", "Origin: http://" + address.text() + "\r\n").status, 200);
  EXPECT_EQ(get("/metrics", "Host: evil.example\r\n").status, 403);
}

TEST_F(ApiRouterTest, ExposedWithoutATokenItIsClosed) {
  open({.token = {}, .exposed = true, .public_url = {}, .refused = {}});
  const ApiReply reply = get("/api/v1/now");
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.code(), "no-token-set");
  EXPECT_THAT(reply.body, HasSubstr("JACKFIELD_API_TOKEN"));
}

}  // namespace
}  // namespace jackfield
