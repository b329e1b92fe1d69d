#include "standalone_server.hpp"

#include <utility>

#include "gstpp.hpp"
#include "websocket_upgrade.hpp"

namespace twilio {

// The server belongs to its thread from the moment that starts; before and after, to the one who
// calls listen() and the destructor.
struct StandaloneServer::Work {
  GMainContext* context = g_main_context_new();
  GMainLoop* loop = g_main_loop_new(context, FALSE);
  gstpp::GObjectPtr<SoupServer> server;
  GThread* thread = nullptr;
  unsigned port = 0;
  Accepted accepted;

  ~Work() {
    if (thread) {
      // Through the context: a quit before the loop runs would be lost.
      GSource* stop = g_idle_source_new();
      g_source_set_callback(
          stop,
          [](gpointer data) -> gboolean {
            g_main_loop_quit(static_cast<GMainLoop*>(data));
            return G_SOURCE_REMOVE;
          },
          loop, nullptr);
      g_source_attach(stop, context);
      g_source_unref(stop);
      g_thread_join(thread);
    }
    server.reset();
    g_main_loop_unref(loop);
    g_main_context_unref(context);
  }

  void run() {
    g_main_context_push_thread_default(context);
    g_main_loop_run(loop);
    soup_server_disconnect(server.get());
    // What the disconnected sockets still have scheduled.
    while (g_main_context_iteration(context, FALSE)) {
    }
    g_main_context_pop_thread_default(context);
  }
};

namespace {

void on_request(SoupServer*, SoupServerMessage* message, const char*, GHashTable*, gpointer data) {
  auto* accepted = static_cast<StandaloneServer::Accepted*>(data);
  if (!*accepted) {
    soup_server_message_set_status(message, SOUP_STATUS_SERVICE_UNAVAILABLE, nullptr);
    return;
  }
  jackfield::upgrade_websocket(message, [accepted](GIOStream* connection) {
    // One call only: a second caller's handshake may have come before the first's was answered.
    if (StandaloneServer::Accepted function = std::exchange(*accepted, {})) {
      function(connection);
    } else {
      g_object_unref(connection);
    }
  });
}

}  // namespace

StandaloneServer::StandaloneServer(std::unique_ptr<Work> work) : work_(std::move(work)) {}
StandaloneServer::~StandaloneServer() = default;

unsigned StandaloneServer::port() const { return work_->port; }

std::unique_ptr<StandaloneServer> StandaloneServer::listen(const std::string& address,
                                                           unsigned port, const std::string& path,
                                                           Accepted accepted, GError** error) {
  gstpp::GObjectPtr<GSocketAddress> where{
      g_inet_socket_address_new_from_string(address.c_str(), port)};
  if (!where) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'%s' is not an IP address",
                address.c_str());
    return nullptr;
  }
  auto work = std::make_unique<Work>();
  work->accepted = std::move(accepted);
  g_main_context_push_thread_default(work->context);
  work->server.reset(soup_server_new("server-header", "jackfield", nullptr));
  soup_server_add_early_handler(work->server.get(), path.c_str(), on_request, &work->accepted,
                                nullptr);
  const bool listening = soup_server_listen(work->server.get(), where.get(),
                                            static_cast<SoupServerListenOptions>(0), error);
  g_main_context_pop_thread_default(work->context);
  if (!listening) return nullptr;

  GSList* uris = soup_server_get_uris(work->server.get());
  if (uris) work->port = static_cast<unsigned>(g_uri_get_port(static_cast<GUri*>(uris->data)));
  g_slist_free_full(uris, reinterpret_cast<GDestroyNotify>(g_uri_unref));

  work->thread = g_thread_new(
      "twilio-listen",
      [](gpointer data) -> gpointer {
        static_cast<Work*>(data)->run();
        return nullptr;
      },
      work.get());
  return std::unique_ptr<StandaloneServer>(new StandaloneServer(std::move(work)));
}

}  // namespace twilio
