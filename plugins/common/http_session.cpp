#include "http_session.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "http_client.hpp"
#include "io_context.hpp"

namespace jackfield {
namespace {

constexpr guint kMaxConnections = 1024;
constexpr guint kMaxConnectionsPerHost = 512;
// Shorter than what servers and their balancers keep (60 s and more), so that it is we who close.
constexpr guint kIdleSeconds = 50;
constexpr std::size_t kMostHosts = 256;

using UriPtr = std::unique_ptr<GUri, gstpp::FreeWith<g_uri_unref>>;

std::string environment(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const gchar* value = g_getenv(name); value && *value) return value;
  }
  return "";
}

// "host:3128" is meant as an HTTP proxy.
std::string proxy_uri(std::string text) {
  if (!text.empty() && text.find("://") == std::string::npos) text = "http://" + text;
  return text;
}

GProxyResolver* make_proxy_resolver() {
  const std::string all = proxy_uri(environment({"all_proxy", "ALL_PROXY"}));
  // Not HTTP_PROXY: a web server's scripts would take it from a stranger's header.
  const std::string http = proxy_uri(environment({"http_proxy"}));
  const std::string https = proxy_uri(environment({"https_proxy", "HTTPS_PROXY"}));
  std::vector<std::string> direct{"localhost", "127.0.0.0/8", "::1"};
  const std::string exceptions = environment({"no_proxy", "NO_PROXY"});
  for (std::size_t at = 0; at < exceptions.size();) {
    const std::size_t end = std::min(exceptions.find_first_of(", ", at), exceptions.size());
    std::string host = exceptions.substr(at, end - at);
    if (host == "*") return g_simple_proxy_resolver_new("direct://", nullptr);
    if (host.starts_with('.')) host = "*" + host;
    if (!host.empty()) direct.push_back(std::move(host));
    at = end + 1;
  }
  std::vector<const gchar*> ignore;
  for (const std::string& host : direct) ignore.push_back(host.c_str());
  ignore.push_back(nullptr);
  GProxyResolver* resolver = g_simple_proxy_resolver_new(all.empty() ? "direct://" : all.c_str(),
                                                         const_cast<gchar**>(ignore.data()));
  auto* simple = G_SIMPLE_PROXY_RESOLVER(resolver);
  if (!http.empty()) g_simple_proxy_resolver_set_uri_proxy(simple, "http", http.c_str());
  if (!https.empty()) g_simple_proxy_resolver_set_uri_proxy(simple, "https", https.c_str());
  return resolver;
}

// "Basic ..." for the user and password in the address of the proxy that https goes through.
std::string proxy_login() {
  std::string address = environment({"https_proxy", "HTTPS_PROXY"});
  if (address.empty()) address = environment({"all_proxy", "ALL_PROXY"});
  const UriPtr uri{g_uri_parse(proxy_uri(address).c_str(), G_URI_FLAGS_HAS_PASSWORD, nullptr)};
  const char* user = uri ? g_uri_get_user(uri.get()) : nullptr;
  if (!user) return "";
  const char* password = g_uri_get_password(uri.get());
  const std::string both = std::string(user) + ":" + (password ? password : "");
  const gstpp::CharPtr coded{
      g_base64_encode(reinterpret_cast<const guchar*>(both.data()), both.size())};
  return std::string("Basic ") + coded.get();
}

// libsoup asks for a tunnel without a login at first, and before 3.4 gets the second attempt wrong.
void on_queued(SoupSession*, SoupMessage* message, gpointer login) {
  if (g_strcmp0(soup_message_get_method(message), SOUP_METHOD_CONNECT) != 0) return;
  soup_message_headers_replace(soup_message_get_request_headers(message), "Proxy-Authorization",
                               static_cast<std::string*>(login)->c_str());
}

gstpp::GObjectPtr<GTlsDatabase> further_authorities() {
  const std::string file = environment({"SSL_CERT_FILE"});
  if (file.empty()) return {};
  gstpp::ErrorPtr error;
  gstpp::GObjectPtr<GTlsDatabase> database{
      g_tls_file_database_new(file.c_str(), gstpp::OutPtr{error})};
  if (!database) g_warning("SSL_CERT_FILE cannot be read: %s", error->message);
  return database;
}

// A certificate that the system's authorities did not sign, but is good in all else (host, time).
gboolean on_certificate(SoupMessage*, GTlsCertificate* certificate, GTlsCertificateFlags errors,
                        gpointer further) {
  if (errors != G_TLS_CERTIFICATE_UNKNOWN_CA) return FALSE;
  return g_tls_database_verify_chain(G_TLS_DATABASE(further), certificate,
                                     G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, nullptr, nullptr,
                                     G_TLS_DATABASE_VERIFY_NONE, nullptr, nullptr) == 0;
}

}  // namespace

HttpSession& HttpSession::instance() {
  // Never destroyed, as the thread that uses it.
  static auto* session = new HttpSession;
  return *session;
}

SoupSession* HttpSession::soup() {
  if (session_) return session_.get();
  const gstpp::GObjectPtr<GProxyResolver> resolver{make_proxy_resolver()};
  session_.reset(soup_session_new_with_options(
      "max-conns", kMaxConnections, "max-conns-per-host", kMaxConnectionsPerHost, "idle-timeout",
      kIdleSeconds, "user-agent", "jackfield", "proxy-resolver", resolver.get(), nullptr));
  // Nobody asks for compressed answers: they would come in larger pieces, later.
  soup_session_remove_feature_by_type(session_.get(), SOUP_TYPE_CONTENT_DECODER);
  further_ = further_authorities();
  login_ = proxy_login();
  if (!login_.empty()) {
    g_signal_connect(session_.get(), "request-queued", G_CALLBACK(on_queued), &login_);
  }
  return session_.get();
}

RetryBudget& HttpSession::retry_budget(GUri* uri) {
  if (budgets_.size() > kMostHosts) budgets_.clear();
  return budgets_[std::string(g_uri_get_host(uri)) + ":" + std::to_string(g_uri_get_port(uri))];
}

void HttpSession::trust(SoupMessage* message) {
  soup();
  if (further_) {
    g_signal_connect(message, "accept-certificate", G_CALLBACK(on_certificate), further_.get());
  }
}

std::string HttpSession::certificate_problem(SoupMessage* message) {
  const GTlsCertificateFlags errors = soup_message_get_tls_peer_certificate_errors(message);
  constexpr std::pair<GTlsCertificateFlags, const char*> kProblems[] = {
      {G_TLS_CERTIFICATE_EXPIRED, "it has expired"},
      {G_TLS_CERTIFICATE_NOT_ACTIVATED, "it is not valid yet"},
      {G_TLS_CERTIFICATE_BAD_IDENTITY, "it is for another host"},
      {G_TLS_CERTIFICATE_REVOKED, "it was revoked"},
      {G_TLS_CERTIFICATE_INSECURE, "its algorithm is insecure"},
      {G_TLS_CERTIFICATE_UNKNOWN_CA,
       "no authority that is trusted has signed it (SSL_CERT_FILE names a file of further ones)"},
  };
  std::string text;
  for (const auto& [flag, words] : kProblems) {
    if (errors & flag) text += std::string(text.empty() ? "" : ", and ") + words;
  }
  return text.empty() ? "" : "the certificate is refused: " + text;
}

void HttpSession::prewarm(const std::string& url) {
  const gstpp::GObjectPtr<SoupMessage> message{soup_message_new("GET", url.c_str())};
  if (!message) return;
  SoupSession* soup_session = soup();
  trust(message.get());
  soup_session_preconnect_async(
      soup_session, message.get(), G_PRIORITY_DEFAULT, nullptr,
      [](GObject* session, GAsyncResult* result, gpointer) {
        // Whoever needs the connection will be told what is wrong with it.
        soup_session_preconnect_finish(SOUP_SESSION(session), result, nullptr);
      },
      nullptr);
}

void http_prewarm(const std::string& url) {
  IoContext::shared().post([url] { HttpSession::instance().prewarm(url); });
}

std::string http_describe(const std::string& url) {
  const UriPtr uri{g_uri_parse(url.c_str(), static_cast<GUriFlags>(SOUP_HTTP_URI_FLAGS), nullptr)};
  if (!uri) return "(not a URL)";
  const gstpp::CharPtr text{g_uri_to_string_partial(
      uri.get(),
      static_cast<GUriHideFlags>(G_URI_HIDE_USERINFO | G_URI_HIDE_QUERY | G_URI_HIDE_FRAGMENT))};
  return text.get();
}

}  // namespace jackfield
