// The inquiry at TURN servers, against coturn with our sample configurations.
#include "webrtc/turn_probe.hpp"

#include <gio/gio.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "jackfield_process.hpp"

using namespace jackfield;
using namespace jackfield::test;
using namespace jackfield::webrtc;

namespace {

unsigned free_port() {
  const gstpp::GObjectPtr<GSocket> socket{
      g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, nullptr)};
  const gstpp::GObjectPtr<GSocketAddress> any{
      g_inet_socket_address_new_from_string("127.0.0.1", 0)};
  g_socket_bind(socket.get(), any.get(), TRUE, nullptr);
  const gstpp::GObjectPtr<GSocketAddress> bound{g_socket_get_local_address(socket.get(), nullptr)};
  return g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound.get()));
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

TurnVerdict ask(const TurnServer& server) {
  std::optional<TurnVerdict> verdict;
  TurnProbe probe(server, [&](const TurnVerdict& given) { verdict = given; });
  EXPECT_FALSE(verdict);
  EXPECT_TRUE(wait_for([&] { return verdict.has_value(); }));
  return verdict.value_or(TurnVerdict{});
}

class Coturn : public ::testing::Test {
 protected:
  void start(const char* sample) {
    port_ = free_port();
    std::string text = read_file(std::string{g_getenv("JACKFIELD_SOURCE_DIR")} +
                                 "/launcher/deploy/coturn/" + sample);
    text = replaced(text, "listening-port=3478", "listening-port=" + std::to_string(port_));
    text = replaced(text, "CHANGE-ME", "hush");
    text += "listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nno-tls\nno-dtls\nrelay-threads=1\n";
    text += "pidfile=" + folder_.file("pid") + "\nuserdb=" + folder_.file("db") + "\n";
    const std::string file = folder_.write("turnserver.conf", text);
    gstpp::ErrorPtr error;
    process_.reset(g_subprocess_new(
        static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
                                      G_SUBPROCESS_FLAGS_STDERR_SILENCE),
        gstpp::OutPtr<gstpp::ErrorPtr>{error}, "turnserver", "-c", file.c_str(), nullptr));
    ASSERT_TRUE(process_) << error->message;
    // TCP is there before UDP.
    const gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
    while (ask(server("nobody", "")).text.find("cannot be reached") != std::string::npos) {
      ASSERT_LT(g_get_monotonic_time(), deadline);
      g_usleep(20000);
    }
  }
  void TearDown() override {
    if (!process_) return;
    g_subprocess_force_exit(process_.get());
    g_subprocess_wait(process_.get(), nullptr, nullptr);
  }
  TurnServer server(const std::string& user, const std::string& password,
                    const char* transport = "udp") const {
    return {.host = "127.0.0.1",
            .port = port_,
            .transport = transport,
            .user = user,
            .password = password};
  }
  std::string name() const { return "TURN server turn:127.0.0.1:" + std::to_string(port_); }

  TemporaryFolder folder_;
  gstpp::GObjectPtr<GSubprocess> process_;
  unsigned port_ = 0;
};

std::int64_t now() { return g_get_real_time() / G_USEC_PER_SEC; }

}  // namespace

TEST_F(Coturn, LongTermCredentials) {
  ASSERT_NO_FATAL_FAILURE(start("turnserver-long-term.conf"));
  for (const char* transport : {"udp", "tcp"}) {
    const TurnVerdict good = ask(server("jackfield", "hush", transport));
    EXPECT_TRUE(good.good) << good.text;
    const TurnVerdict bad = ask(server("jackfield", "wrong", transport));
    EXPECT_FALSE(bad.good);
    EXPECT_EQ(bad.text, name() + (transport == std::string{"tcp"} ? "?transport=tcp" : "") +
                            " refused the credentials of user 'jackfield' (401 Unauthorized)");
    EXPECT_FALSE(ask(server("nobody", "hush", transport)).good);
  }
}

TEST_F(Coturn, TimeLimitedCredentials) {
  ASSERT_NO_FATAL_FAILURE(start("turnserver.conf"));
  for (const char* name : {"", "anna"}) {
    const std::string user = turn_user(now() + 600, name);
    const TurnVerdict good = ask(server(user, turn_password("hush", user)));
    EXPECT_TRUE(good.good) << good.text;
    EXPECT_FALSE(ask(server(user, turn_password("another secret", user))).good);
  }
  const std::string expired = turn_user(now() - 10, "anna");
  const TurnVerdict late = ask(server(expired, turn_password("hush", expired)));
  EXPECT_FALSE(late.good);
  EXPECT_NE(late.text.find("refused the credentials"), std::string::npos) << late.text;
  EXPECT_NE(late.advice.find("clocks"), std::string::npos) << late.advice;
}

TEST(TurnProbeTest, NobodyThere) {
  TurnServer nowhere{
      .host = "127.0.0.1", .port = free_port(), .transport = "tcp", .user = "a", .password = "b"};
  const TurnVerdict refused = ask(nowhere);
  EXPECT_FALSE(refused.good);
  EXPECT_NE(refused.text.find("cannot be reached"), std::string::npos) << refused.text;
  nowhere.transport = "udp";
  const TurnVerdict silent = ask(nowhere);
  EXPECT_FALSE(silent.good);
  EXPECT_FALSE(silent.advice.empty());
}

TEST(TurnProbeTest, SomethingElseAnswers) {
  const gstpp::GObjectPtr<GSocketService> service{g_socket_service_new()};
  const guint16 port =
      g_socket_listener_add_any_inet_port(G_SOCKET_LISTENER(service.get()), nullptr, nullptr);
  g_signal_connect(service.get(), "incoming",
                   G_CALLBACK(+[](GSocketService*, GSocketConnection* connection, GObject*,
                                  gpointer) -> gboolean {
                     constexpr char kHello[] =
                         "220 mail.example.org ready, and glad to meet you\r\n";
                     g_output_stream_write(g_io_stream_get_output_stream(G_IO_STREAM(connection)),
                                           kHello, sizeof kHello - 1, nullptr, nullptr);
                     return TRUE;
                   }),
                   nullptr);
  const TurnVerdict verdict =
      ask({.host = "127.0.0.1", .port = port, .transport = "tcp", .user = "a", .password = "b"});
  EXPECT_FALSE(verdict.good);
  EXPECT_NE(verdict.text.find("does not speak TURN"), std::string::npos) << verdict.text;
  g_socket_service_stop(service.get());
  g_socket_listener_close(G_SOCKET_LISTENER(service.get()));
}

TEST(TurnProbeTest, ItMayBeLetGo) {
  bool told = false;
  {
    const TurnProbe probe({.host = "127.0.0.1",
                           .port = free_port(),
                           .transport = "udp",
                           .user = "a",
                           .password = "b"},
                          [&](const TurnVerdict&) { told = true; });
  }
  EXPECT_FALSE(wait_for([&] { return told; }, 0.2));
}

// Source: computed with OpenSSL, echo -n 1433895918:filip | openssl dgst -sha1 -hmac north -binary
// | base64
TEST(TurnPasswordTest, IsWhatTheDraftSays) {
  EXPECT_EQ(turn_user(1433895918, "filip"), "1433895918:filip");
  EXPECT_EQ(turn_user(1433895918, ""), "1433895918");
  EXPECT_EQ(turn_password("north", "1433895918:filip"), "ng2uTGbzpQia+Jd+MPqu+GsTXO0=");
}
