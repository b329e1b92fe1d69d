/* A web server of its own that answers telephone calls, many at a time: it accepts the connection,
 * answers the voice webhook and the WebSocket handshake, and hands the connection to a twiliosrc.
 *
 *   cc server.c -o server $(pkg-config --cflags --libs gstreamer-1.0 gio-2.0)
 *   ./server PORT CALLS GRAMMAR SCRIPT
 *
 * The webhook is http://127.0.0.1:PORT/voice. A server that can be reached from outside must check
 * Twilio's signature on the webhook and on the handshake (docs/security.md); this one stays at home. */
#include <gio/gio.h>
#include <gst/gst.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_REQUEST 16384

typedef struct {
  GMainLoop *loop;
  guint port;
  const char *grammar, *script;
  int calls_left, failed;
} Server;

typedef struct {
  Server *server;
  GstElement *pipeline;
  guint watch;
  gboolean over;
} Call;

/* --- A call ---------------------------------------------------------------------------------- */

/* In the main loop's thread. The watch must not be freed while it is being called. */
static gboolean free_call(gpointer data) {
  Call *call = data;
  Server *server = call->server;
  gst_element_set_state(call->pipeline, GST_STATE_NULL);
  gst_object_unref(call->pipeline);
  g_source_remove(call->watch);
  g_free(call);
  if (--server->calls_left == 0) g_main_loop_quit(server->loop);
  return G_SOURCE_REMOVE;
}

static gboolean on_message(GstBus *bus, GstMessage *message, gpointer data) {
  (void)bus;
  Call *call = data;
  const GstStructure *s = gst_message_get_structure(message);
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ELEMENT:
      if (gst_structure_has_name(s, "twilio/call-started")) {
        const GValue *value = gst_structure_get_value(s, "parameters");
        const GstStructure *parameters = gst_value_get_structure(value);
        g_print("call from %s\n", gst_structure_get_string(parameters, "from"));
      } else if (gst_structure_has_name(s, "agentbrain/reply")) {
        g_print("agent: %s\n", gst_structure_get_string(s, "text"));
      } else if (gst_structure_has_name(s, "agentbrain/transcript")) {
        gboolean final = FALSE;
        gst_structure_get_boolean(s, "final", &final);
        if (final) g_print("caller: %s\n", gst_structure_get_string(s, "text"));
      } else if (gst_structure_has_name(s, "twilio/call-ended")) {
        g_print("call ended: %s\n", gst_structure_get_string(s, "reason"));
      }
      break;
    case GST_MESSAGE_ERROR: {
      GError *error = NULL;
      gst_message_parse_error(message, &error, NULL);
      g_printerr("%s\n", error->message);
      g_error_free(error);
      call->server->failed++;
    } /* fall through */
    case GST_MESSAGE_EOS:
      if (!call->over) g_idle_add(free_call, call);
      call->over = TRUE;
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static void begin_call(Server *server, GSocketConnection *connection) {
  Call *call = g_new0(Call, 1);
  call->server = server;
  call->pipeline = gst_parse_launch(
      "twiliosrc name=source ! mulawdec ! agentbrain name=brain ! mulawenc ! twiliosink", NULL);
  GstElement *source = gst_bin_get_by_name(GST_BIN(call->pipeline), "source");
  GstElement *brain = gst_bin_get_by_name(GST_BIN(call->pipeline), "brain");
  char *stt = g_strdup_printf("pocketsphinxstt grammar=\"%s\"", server->grammar);
  char *llm = g_strdup_printf("scriptedllm script=\"%s\"", server->script);
  g_object_set(brain, "stt", stt, "llm", llm, NULL);
  /* From here on the connection is twiliosrc's: it reads, writes and closes it. */
  g_object_set(source, "connection", connection, NULL);
  g_free(stt);
  g_free(llm);
  gst_object_unref(source);
  gst_object_unref(brain);

  GstBus *bus = gst_element_get_bus(call->pipeline);
  call->watch = gst_bus_add_watch(bus, on_message, call);
  gst_object_unref(bus);
  gst_element_set_state(call->pipeline, GST_STATE_PLAYING);
}

/* --- HTTP ------------------------------------------------------------------------------------ */

static gboolean send_text(GSocketConnection *connection, const char *text) {
  GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
  return g_output_stream_write_all(out, text, strlen(text), NULL, NULL, NULL);
}

/* A line "name: value" of the request, or NULL. */
static char *header(const char *request, const char *name) {
  char **lines = g_strsplit(request, "\r\n", -1), *value = NULL;
  for (char **line = lines; *line && !value; ++line) {
    if (g_ascii_strncasecmp(*line, name, strlen(name)) == 0 && (*line)[strlen(name)] == ':') {
      value = g_strstrip(g_strdup(*line + strlen(name) + 1));
    }
  }
  g_strfreev(lines);
  return value;
}

/* The caller's number of the webhook's form, when it is one. */
static char *caller_of(const char *form) {
  GHashTable *fields = g_uri_parse_params(form, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
  const char *from = fields ? g_hash_table_lookup(fields, "From") : NULL;
  char *number = from && from[0] == '+' && strspn(from + 1, "0123456789") == strlen(from + 1)
                     ? g_strdup(from)
                     : g_strdup("unknown");
  if (fields) g_hash_table_unref(fields);
  return number;
}

static void answer_webhook(Server *server, GSocketConnection *connection, const char *form) {
  char *from = caller_of(form);
  char *twiml = g_strdup_printf(
      "<Response><Connect><Stream url=\"ws://127.0.0.1:%u/media\">"
      "<Parameter name=\"from\" value=\"%s\"/></Stream></Connect></Response>",
      server->port, from);
  char *answer = g_strdup_printf(
      "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n"
      "Connection: close\r\n\r\n%s",
      strlen(twiml), twiml);
  send_text(connection, answer);
  g_free(answer);
  g_free(twiml);
  g_free(from);
}

/* RFC 6455, section 4.2.2. */
static gboolean answer_handshake(GSocketConnection *connection, const char *key) {
  GChecksum *sha1 = g_checksum_new(G_CHECKSUM_SHA1);
  g_checksum_update(sha1, (const guchar *)key, -1);
  g_checksum_update(sha1, (const guchar *)"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", -1);
  guint8 digest[20];
  gsize length = sizeof digest;
  g_checksum_get_digest(sha1, digest, &length);
  g_checksum_free(sha1);
  char *accept = g_base64_encode(digest, length);
  char *answer = g_strdup_printf(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: %s\r\n\r\n",
      accept);
  const gboolean sent = send_text(connection, answer);
  g_free(answer);
  g_free(accept);
  return sent;
}

typedef struct {
  Server *server;
  GSocketConnection *connection;
  char *request; /* the head, and the body of a form */
} Request;

/* Back in the main loop's thread with a whole request. */
static gboolean on_request(gpointer data) {
  Request *request = data;
  char *key = header(request->request, "Sec-WebSocket-Key");
  if (g_str_has_prefix(request->request, "POST /voice ")) {
    answer_webhook(request->server, request->connection, strstr(request->request, "\r\n\r\n") + 4);
  } else if (g_str_has_prefix(request->request, "GET /media ") && key) {
    if (answer_handshake(request->connection, key)) {
      begin_call(request->server, request->connection);
    }
  } else {
    send_text(request->connection,
              "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  }
  g_free(key);
  g_free(request->request);
  g_object_unref(request->connection);
  g_free(request);
  return G_SOURCE_REMOVE;
}

/* In a thread of the service's pool. Reads a byte at a time: what comes behind the handshake belongs
 * to the WebSocket, and twiliosrc must find it in the socket. */
static gboolean on_connection(GThreadedSocketService *service, GSocketConnection *connection,
                              GObject *source, gpointer data) {
  (void)service, (void)source;
  g_socket_set_timeout(g_socket_connection_get_socket(connection), 10);
  GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
  GString *text = g_string_new(NULL);
  gsize wanted = LONGEST_REQUEST;
  gssize head = -1;
  while (text->len < wanted) {
    char byte;
    if (g_input_stream_read(in, &byte, 1, NULL, NULL) != 1) break;
    g_string_append_c(text, byte);
    if (head < 0 && g_str_has_suffix(text->str, "\r\n\r\n")) {
      head = (gssize)text->len;
      char *length = header(text->str, "Content-Length");
      const guint64 body = length ? g_ascii_strtoull(length, NULL, 10) : 0;
      wanted = body < LONGEST_REQUEST ? text->len + body : text->len;
      g_free(length);
    }
  }
  g_socket_set_timeout(g_socket_connection_get_socket(connection), 0);
  if (head < 0) {
    g_string_free(text, TRUE);
    return TRUE;
  }
  Request *request = g_new0(Request, 1);
  request->server = data;
  request->connection = g_object_ref(connection);
  request->request = g_string_free(text, FALSE);
  g_idle_add(on_request, request);
  return TRUE;
}

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  if (argc != 5) {
    g_printerr("usage: %s PORT CALLS GRAMMAR SCRIPT\n", argv[0]);
    return 2;
  }
  Server server = {.port = (guint)atoi(argv[1]),
                   .calls_left = atoi(argv[2]),
                   .grammar = argv[3],
                   .script = argv[4]};
  GError *error = NULL;
  GSocketService *service = g_threaded_socket_service_new(32);
  GInetAddress *home = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
  GSocketAddress *address = g_inet_socket_address_new(home, (guint16)server.port);
  if (!g_socket_listener_add_address(G_SOCKET_LISTENER(service), address, G_SOCKET_TYPE_STREAM,
                                     G_SOCKET_PROTOCOL_TCP, NULL, NULL, &error)) {
    g_printerr("%s\n", error->message);
    return 1;
  }
  g_signal_connect(service, "run", G_CALLBACK(on_connection), &server);
  g_print("the voice webhook is http://127.0.0.1:%u/voice\n", server.port);

  server.loop = g_main_loop_new(NULL, FALSE);
  g_main_loop_run(server.loop);

  g_socket_service_stop(service);
  g_socket_listener_close(G_SOCKET_LISTENER(service));
  g_object_unref(service);
  g_object_unref(address);
  g_object_unref(home);
  g_main_loop_unref(server.loop);
  return server.failed ? 1 : 0;
}
