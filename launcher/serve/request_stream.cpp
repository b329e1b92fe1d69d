#include "serve/request_stream.hpp"

#include <utility>

namespace {

struct Watched {
  std::shared_ptr<jackfield::RequestHead> head;
  std::function<void(bool)> too_long;
};

}  // namespace

// The input half.
struct JackfieldRequestInput {
  GFilterInputStream parent;
  Watched* watched;
};
struct JackfieldRequestInputClass {
  GFilterInputStreamClass parent_class;
};
static void jackfield_request_input_pollable(GPollableInputStreamInterface* iface);
static GType jackfield_request_input_get_type();
G_DEFINE_TYPE_WITH_CODE(JackfieldRequestInput, jackfield_request_input, G_TYPE_FILTER_INPUT_STREAM,
                        G_IMPLEMENT_INTERFACE(G_TYPE_POLLABLE_INPUT_STREAM,
                                              jackfield_request_input_pollable))

namespace {

GInputStream* base_of(gpointer self) {
  return g_filter_input_stream_get_base_stream(G_FILTER_INPUT_STREAM(self));
}

// What was read passes by; an error in place of it when head or body is too long.
gssize passed(gpointer self, const void* buffer, gssize size, GError** error) {
  Watched& watched = *static_cast<JackfieldRequestInput*>(self)->watched;
  if (size <= 0) return size;
  if (watched.head->feed({static_cast<const char*>(buffer), static_cast<std::size_t>(size)}))
    return size;
  if (auto too_long = std::exchange(watched.too_long, {})) too_long(!watched.head->complete());
  g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, "the request is too long");
  return -1;
}

}  // namespace

static void jackfield_request_input_init(JackfieldRequestInput* self) {
  self->watched = new Watched;
}

static void jackfield_request_input_finalize(GObject* object) {
  delete reinterpret_cast<JackfieldRequestInput*>(object)->watched;
  G_OBJECT_CLASS(jackfield_request_input_parent_class)->finalize(object);
}

static void jackfield_request_input_class_init(JackfieldRequestInputClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = jackfield_request_input_finalize;
  G_INPUT_STREAM_CLASS(klass)->read_fn = [](GInputStream* self, void* buffer, gsize size,
                                            GCancellable* cancellable, GError** error) {
    return passed(self, buffer,
                  g_input_stream_read(base_of(self), buffer, size, cancellable, error), error);
  };
}

static void jackfield_request_input_pollable(GPollableInputStreamInterface* iface) {
  iface->can_poll = [](GPollableInputStream* self) -> gboolean {
    GInputStream* base = base_of(self);
    return G_IS_POLLABLE_INPUT_STREAM(base) &&
           g_pollable_input_stream_can_poll(G_POLLABLE_INPUT_STREAM(base));
  };
  iface->is_readable = [](GPollableInputStream* self) {
    return g_pollable_input_stream_is_readable(G_POLLABLE_INPUT_STREAM(base_of(self)));
  };
  iface->create_source = [](GPollableInputStream* self, GCancellable* cancellable) {
    GSource* base =
        g_pollable_input_stream_create_source(G_POLLABLE_INPUT_STREAM(base_of(self)), nullptr);
    GSource* source = g_pollable_source_new_full(self, base, cancellable);
    g_source_unref(base);
    return source;
  };
  iface->read_nonblocking = [](GPollableInputStream* self, void* buffer, gsize size,
                               GError** error) {
    return passed(self, buffer,
                  g_pollable_input_stream_read_nonblocking(G_POLLABLE_INPUT_STREAM(base_of(self)),
                                                           buffer, size, nullptr, error),
                  error);
  };
}

// Both halves together.
struct JackfieldRequestStream {
  GIOStream parent;
  GIOStream* base;
  GInputStream* input;
};
struct JackfieldRequestStreamClass {
  GIOStreamClass parent_class;
};
static GType jackfield_request_stream_get_type();
G_DEFINE_TYPE(JackfieldRequestStream, jackfield_request_stream, G_TYPE_IO_STREAM)

static void jackfield_request_stream_init(JackfieldRequestStream*) {}

static JackfieldRequestStream* as_stream(gpointer object) {
  return static_cast<JackfieldRequestStream*>(object);
}

static void jackfield_request_stream_get_property(GObject* object, guint, GValue* value,
                                                  GParamSpec*) {
  g_value_set_object(value, as_stream(object)->base);
}

static void jackfield_request_stream_dispose(GObject* object) {
  G_OBJECT_CLASS(jackfield_request_stream_parent_class)->dispose(object);  // closes, if need be
  g_clear_object(&as_stream(object)->input);
  g_clear_object(&as_stream(object)->base);
}

static void jackfield_request_stream_class_init(JackfieldRequestStreamClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->get_property = jackfield_request_stream_get_property;
  object_class->dispose = jackfield_request_stream_dispose;
  g_object_class_install_property(
      object_class, 1,
      g_param_spec_object("base-iostream", "Base stream", "The connection itself", G_TYPE_IO_STREAM,
                          static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
  GIOStreamClass* stream_class = G_IO_STREAM_CLASS(klass);
  stream_class->get_input_stream = [](GIOStream* self) { return as_stream(self)->input; };
  stream_class->get_output_stream = [](GIOStream* self) {
    return g_io_stream_get_output_stream(as_stream(self)->base);
  };
  stream_class->close_fn = [](GIOStream* self, GCancellable* cancellable, GError** error) {
    return g_io_stream_close(as_stream(self)->base, cancellable, error);
  };
}

namespace jackfield {

gstpp::GObjectPtr<GIOStream> watch_request(GIOStream* connection, std::shared_ptr<RequestHead> head,
                                           std::function<void(bool)> too_long) {
  auto* input = static_cast<JackfieldRequestInput*>(
      g_object_new(jackfield_request_input_get_type(), "base-stream",
                   g_io_stream_get_input_stream(connection), "close-base-stream", FALSE, nullptr));
  *input->watched = {std::move(head), std::move(too_long)};
  auto* stream = static_cast<JackfieldRequestStream*>(
      g_object_new(jackfield_request_stream_get_type(), nullptr));
  stream->base = G_IO_STREAM(g_object_ref(connection));
  stream->input = G_INPUT_STREAM(input);
  return gstpp::GObjectPtr<GIOStream>{G_IO_STREAM(stream)};
}

}  // namespace jackfield
