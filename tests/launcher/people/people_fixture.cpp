#include "people_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "../control/api_client.hpp"
#include "base64.hpp"
#include "twilio/signature.hpp"

namespace jackfield::test {
namespace {

constexpr char kCallerSid[] = "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr char kNumber[] = "+15552223333";

std::string base64(const std::string& text) {
  std::string out;
  base64_append(out, std::span{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return out;
}

std::string encode(const twilio::FormParameters& form) {
  std::string body;
  for (const auto& [name, value] : form) {
    const gstpp::CharPtr escaped{g_uri_escape_string(value.c_str(), nullptr, FALSE)};
    body += (body.empty() ? "" : "&") + name + "=" + escaped.get();
  }
  return body;
}

void post_message(Session& session, GstStructure* message) {
  gst_element_post_message(session.pipeline(),
                           gst_message_new_element(GST_OBJECT(session.pipeline()), message));
}

}  // namespace

void PeopleTest::SetUpTestSuite() {
  gst_init(nullptr, nullptr);
  register_agent_element();
}

void PeopleTest::SetUp() {
  clear_agent_notes();
  service.emplace([this](test_support::HttpPeer& peer) { serve(peer); });
}

PeopleTest::~PeopleTest() {
  if (sessions) stop();
  sessions.reset();
  transfers.reset();
  service.reset();
  EXPECT_EQ(faults, std::vector<std::string>{});
}

void PeopleTest::message(const std::string&, const GstStructure& message,
                         const std::optional<CallEvent>& event, GstClockTime) {
  call_began |= event && std::holds_alternative<CallStarted>(*event);
  const std::string name = gst_structure_get_name(&message);
  if (!name.starts_with("people/")) return;
  std::string text = name;
  for (const char* field : {"id", "state", "outcome", "answer", "reason"}) {
    const std::string value = gstpp::get_string(&message, field);
    if (!value.empty()) text += " " + value;
  }
  posted.push_back(text);
}

void PeopleTest::good_rest(const std::string& what, test_support::HttpPeer& peer) {
  const std::string status = what == "call" ? "queued" : "in-progress";
  peer.answer(what == "call" ? 201 : 200,
              std::string{R"({"sid":")"} + kPersonSid + R"(","status":")" + status + "\"}");
}

void PeopleTest::serve(test_support::HttpPeer& peer) {
  const std::string request = peer.read_request();
  if (request.empty()) return;
  const std::size_t end = request.find("\r\n\r\n");
  const std::string head = request.substr(0, end);
  const twilio::FormParameters form = twilio::parse_form(request.substr(end + 4));
  const std::string calls = std::string{"/2010-04-01/Accounts/"} + kAccountSid + "/Calls";
  std::string what;
  {
    const std::lock_guard guard(lock);
    const auto fault = [&](const std::string& text) { faults.push_back(text + ": " + request); };
    if (head.find("Authorization: Basic " + base64(std::string{"SKkey:"} + kApiSecret)) ==
        std::string::npos)
      fault("not authorized");
    if (head.starts_with("POST " + calls + ".json ")) {
      what = "call";
      if (twilio::form_value(form, "To") != "+15550001" ||
          twilio::form_value(form, "From") != kNumber ||
          twilio::form_value(form, "Method") != "POST" ||
          twilio::form_value(form, "Timeout") != "5")
        fault("a wrong call");
      const std::string url = twilio::form_value(form, "Url");
      token = url.substr(url.rfind('/') + 1);
      if (twilio::form_value(form, "StatusCallback") != url + "/status") fault("no status");
    } else if (head.starts_with("POST " + calls + "/CA")) {
      const std::string twiml = twilio::form_value(form, "Twiml");
      const bool caller = head.find(kCallerSid) != std::string::npos;
      what = twiml.empty() ? "hang up" : (caller ? "caller " : "person ") + twiml;
      if (form.size() != 1 || (twiml.empty() && twilio::form_value(form, "Status") != "completed"))
        fault("a wrong update");
    } else if (head.starts_with("GET " + calls + "/" + kPersonSid + ".json ")) {
      what = "look";
    } else {
      fault("unknown");
    }
    requests.push_back(what);
  }
  rest(what, peer);
}

twilio::RestClient::Config PeopleTest::config() const {
  return {.base = service->url(""),
          .account = kAccountSid,
          .user = "SKkey",
          .password = Secret{kApiSecret},
          .timeout = 20'000'000'000};
}

void PeopleTest::begin(std::optional<twilio::RestClient::Config> given, bool with_rest) {
  const people::FindSession find = [this](const std::string& name) {
    return sessions ? sessions->find(name) : nullptr;
  };
  questions.emplace(*functions, find, [this](const people::Question& question, const auto& text) {
    missed.push_back(question.text + ": " + text);
  });
  if (with_rest && !given) given = config();
  transfers.emplace(
      people::Transfers::Parts{
          .functions = *functions,
          .find = find,
          .server = server,
          .refused = [this](Refusal, const std::string& text) { trouble.push_back(text); },
          .trouble = [this](const std::string&,
                            const std::string& text) { trouble.push_back(text); }},
      std::move(given), Secret{kAuthToken});
  functions->add(*transfers);
  functions->add(*questions);
  sessions.emplace(agent_sessions(folder, "desk", "fakesrc is-live=true ! fakesink agentbrain"),
                   registry);
  functions->add_sessions(*sessions);
  questions->add_sessions(*sessions);
  transfers->add_sessions(*sessions);
  sessions->add_observer(*this);  // the last: when it hears of something, they have
  people::Person anna;
  anna.name = "anna", anna.phone = "+15550001";
  const people::LinePeople line{.line = "desk",
                                .people = {anna},
                                .numbers = {kNumber},
                                .ring_timeout = 5,
                                .ask_timeout = ask_timeout};
  questions->add_line(line);
  transfers->add_line(line);
  std::string error;
  ASSERT_TRUE(server.listen(address, error)) << error;
  transfers->opened("http://" + address.text(),
                    [](const std::string& name) { return "https://voice/" + name; });
  const auto session = sessions->start({}, error);
  ASSERT_TRUE(session) << error;
  id = session->id();
  GstStructure* parameters = gst_structure_new("p", "to", G_TYPE_STRING, kNumber, nullptr);
  post_message(*session, gst_structure_new("twilio/call-started", "stream-sid", G_TYPE_STRING, "MZ",
                                           "call-sid", G_TYPE_STRING, kCallerSid, "account-sid",
                                           G_TYPE_STRING, kAccountSid, "parameters",
                                           GST_TYPE_STRUCTURE, parameters, nullptr));
  gst_structure_free(parameters);
  ASSERT_TRUE(wait([&] { return call_began; }));
}

std::string PeopleTest::webhook(const std::string& what, twilio::FormParameters form) {
  std::string path;
  {
    const std::lock_guard guard(lock);
    path = "/twilio/person/" + token + what;
  }
  form.emplace_back("CallSid", kPersonSid);
  // Each is a request of its own.
  form.emplace_back("I", std::to_string(g_get_monotonic_time()));
  const std::string signature =
      twilio::twilio_signature(kAuthToken, "http://" + address.text() + path, form);
  const ApiReply reply = api_request(
      address, "POST", path, encode(form),
      "Content-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: " + signature +
          "\r\n");
  EXPECT_EQ(reply.status, 200) << reply.head;
  return reply.body;
}

int PeopleTest::unsigned_webhook(const std::string& what, const std::string& body) {
  const std::lock_guard guard(lock);
  return api_request(address, "POST", "/twilio/person/" + token + what, body,
                     "Content-Type: application/x-www-form-urlencoded\r\n")
      .status;
}

void PeopleTest::tell_status(const std::string& status) {
  webhook("/status", {{"CallStatus", status}});
}

void PeopleTest::transfer(const std::string& call_id, const std::string& person) {
  ASSERT_TRUE(model_calls(call_id, "transfer_call",
                          R"({"person":")" + person + R"(","summary":"wants a table"})"));
}

std::string PeopleTest::end_call() {
  const auto session = sessions->find(id);
  if (session)
    post_message(*session,
                 gst_structure_new("twilio/call-ended", "reason", G_TYPE_STRING, "stop", nullptr));
  wait([&] { return !end_reason.empty(); });
  return end_reason;
}

void PeopleTest::stop() {
  sessions->abort_all("test");
  EXPECT_TRUE(wait([&] { return sessions->idle(); }));
}

void PeopleTest::reply(const char* person, bool interrupted) {
  const auto session = sessions->find(id);
  ASSERT_TRUE(session);
  post_message(*session, gst_structure_new("agentbrain/reply", "turn-id", G_TYPE_UINT, 1u, "text",
                                           G_TYPE_STRING, "One moment.", "interrupted",
                                           G_TYPE_BOOLEAN, static_cast<gboolean>(interrupted),
                                           "transfer", G_TYPE_STRING, person, nullptr));
}

std::vector<std::string> PeopleTest::answered(std::size_t count) {
  wait([&] { return noted(&AgentNotes::answers).size() >= count; });
  return noted(&AgentNotes::answers);
}

std::vector<std::string> PeopleTest::told(std::size_t count) {
  wait([&] { return noted(&AgentNotes::told).size() >= count; });
  return noted(&AgentNotes::told);
}

std::vector<std::string> PeopleTest::asked() {
  const std::lock_guard guard(lock);
  return requests;
}

bool PeopleTest::was_asked(const std::string& beginning, std::size_t times) {
  return wait([&] {
    std::size_t count = 0;
    for (const std::string& request : asked()) count += request.starts_with(beginning) ? 1 : 0;
    return count >= times;
  });
}

std::string PeopleTest::everything() {
  std::string text;
  for (const auto& list : {trouble, noted(&AgentNotes::answers), noted(&AgentNotes::told)})
    for (const std::string& one : list) text += one + "\n";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream content;
    content << std::ifstream{entry.path()}.rdbuf();
    text += content.str();
  }
  return text;
}

}  // namespace jackfield::test
