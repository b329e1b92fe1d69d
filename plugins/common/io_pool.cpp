#include "io_pool.hpp"

#include <gio/gnetworking.h>

#include <algorithm>
#include <string_view>
#include <thread>

#include "io_pool_impl.hpp"

namespace jackfield {
namespace io {
namespace {

constexpr gint kSendBuffer = 64 * 1024;

}  // namespace

thread_local bool is_io_thread = false;

size_t max_threads() {
  static const size_t limit = [] {
    if (const gchar* text = g_getenv("JACKFIELD_IO_THREADS")) {
      return static_cast<size_t>(std::clamp<guint64>(g_ascii_strtoull(text, nullptr, 10), 1, 64));
    }
#ifdef JACKFIELD_HAVE_EPOLL
    return usable_processors();
#else
    return static_cast<size_t>(std::max(1U, std::thread::hardware_concurrency()));
#endif
  }();
  return limit;
}

GSocket* plain_socket(GIOStream* stream) {
  // libsoup wraps the connection it gives away in a private type with this property; so may others.
  GIOStream* connection = stream;
  gstpp::GObjectPtr<GIOStream> base;
  while (g_object_class_find_property(G_OBJECT_GET_CLASS(connection), "base-iostream")) {
    GIOStream* found = nullptr;
    g_object_get(connection, "base-iostream", &found, nullptr);
    if (!found) return nullptr;
    base.reset(found);
    connection = found;
  }
  // A GTcpWrapperConnection has something else between its streams and its socket.
  if (!G_IS_SOCKET_CONNECTION(connection) || G_IS_TCP_WRAPPER_CONNECTION(connection))
    return nullptr;
  return g_socket_connection_get_socket(G_SOCKET_CONNECTION(connection));
}

}  // namespace io

std::shared_ptr<IoHandle> io_attach(GIOStream* stream, std::shared_ptr<IoClient> client,
                                    GError** error) {
  GSocket* socket = io::plain_socket(stream);
  if (socket) {
    // Speech comes in small messages that must not wait for an acknowledgement.
    g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, nullptr);
    // What waits in the kernel can be neither measured nor taken back: let it be little.
    g_socket_set_option(socket, SOL_SOCKET, SO_SNDBUF, io::kSendBuffer, nullptr);
  }
#ifdef JACKFIELD_HAVE_EPOLL
  const gchar* half = g_getenv("JACKFIELD_IO");
  const bool portable = half && std::string_view(half) == "portable";
  if (socket && !portable) return io::attach_socket(stream, socket, std::move(client), error);
#endif
  return io::attach_pollable(stream, std::move(client), error);
}

bool on_io_thread() { return io::is_io_thread; }

uint64_t io_now_ns() { return static_cast<uint64_t>(g_get_monotonic_time()) * 1000; }

}  // namespace jackfield
