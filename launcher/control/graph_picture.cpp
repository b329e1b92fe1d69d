#include "control/graph_picture.hpp"

#include <algorithm>
#include <utility>

#include "plugins/common/gstpp.hpp"

namespace jackfield {
namespace {

constexpr gsize kPiece = 64 * 1024;

using StringList = std::unique_ptr<gchar*, gstpp::FreeWith<g_strfreev>>;

}  // namespace

// One child with what it is given and gives. GIO's callbacks keep it alive until the last of them
// has come; it tells its owner once.
class GraphPicture::Child : public std::enable_shared_from_this<GraphPicture::Child> {
 public:
  Child(GraphPicture& owner, Done done) : owner_(&owner), done_(std::move(done)) {}

  void start(const Config& config, const std::string& dot) {
    most_ = config.most_output;
    const gstpp::CharPtr program{g_find_program_in_path(config.program.c_str())};
    if (!program) return end(Failure::kNotInstalled);
    const gstpp::GObjectPtr<GSubprocessLauncher> launcher{g_subprocess_launcher_new(
        static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                      G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                      G_SUBPROCESS_FLAGS_STDERR_SILENCE))};
    StringList environment{
        g_environ_setenv(nullptr, "PATH", g_getenv("PATH") ? g_getenv("PATH") : "", TRUE)};
    g_subprocess_launcher_set_environ(launcher.get(), environment.get());
    const gchar* const arguments[] = {program.get(), "-Tsvg", nullptr};
    child_.reset(g_subprocess_launcher_spawnv(launcher.get(), arguments, nullptr));
    if (!child_) return end(Failure::kFailed);
    timer_ = g_timeout_add(
        config.patience_ms,
        [](gpointer user) -> gboolean {
          auto* self = static_cast<Child*>(user);
          self->timer_ = 0;
          self->end(Failure::kTooLate);
          return G_SOURCE_REMOVE;
        },
        this);
    give(dot);
    read();
  }

  // The owner goes.
  void abandon() {
    owner_ = nullptr;
    done_ = nullptr;
    stop();
  }

 private:
  using Self = std::shared_ptr<Child>;
  static gpointer hold(Self self) { return new Self{std::move(self)}; }
  static Self take(gpointer user) {
    const std::unique_ptr<Self> held{static_cast<Self*>(user)};
    return std::move(*held);
  }

  void give(const std::string& dot) {
    const gstpp::GObjectPtr<GInputStream> text{g_memory_input_stream_new_from_data(
        g_memdup2(dot.data(), dot.size()), static_cast<gssize>(dot.size()), g_free)};
    g_output_stream_splice_async(
        g_subprocess_get_stdin_pipe(child_.get()), text.get(),
        static_cast<GOutputStreamSpliceFlags>(G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE |
                                              G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET),
        G_PRIORITY_DEFAULT, cancel_.get(),
        [](GObject* stream, GAsyncResult* result, gpointer user) {
          // What could not be written shows in what comes back.
          const Self self = take(user);
          g_output_stream_splice_finish(G_OUTPUT_STREAM(stream), result, nullptr);
        },
        hold(shared_from_this()));
  }

  void read() {
    g_input_stream_read_bytes_async(
        g_subprocess_get_stdout_pipe(child_.get()), kPiece, G_PRIORITY_DEFAULT, cancel_.get(),
        [](GObject* stream, GAsyncResult* result, gpointer user) {
          const Self self = take(user);
          const gstpp::BytesPtr piece{
              g_input_stream_read_bytes_finish(G_INPUT_STREAM(stream), result, nullptr)};
          self->take_piece(piece.get());
        },
        hold(shared_from_this()));
  }

  void take_piece(GBytes* piece) {
    if (is_over_) return;
    if (!piece) return end(Failure::kFailed);
    gsize size = 0;
    const auto* data = static_cast<const char*>(g_bytes_get_data(piece, &size));
    if (size == 0) return wait();
    if (svg_.size() + size > most_) return end(Failure::kTooBig);
    svg_.append(data, size);
    read();
  }

  void wait() {
    g_subprocess_wait_async(
        child_.get(), cancel_.get(),
        [](GObject*, GAsyncResult* result, gpointer user) {
          const Self self = take(user);
          if (!g_subprocess_wait_finish(self->child_.get(), result, nullptr) || self->is_over_)
            return;
          const bool is_well = g_subprocess_get_successful(self->child_.get());
          self->end(is_well && !self->svg_.empty() ? Failure::kNone : Failure::kFailed);
        },
        hold(shared_from_this()));
  }

  void stop() {
    is_over_ = true;
    if (timer_) g_source_remove(std::exchange(timer_, 0));
    g_cancellable_cancel(cancel_.get());
    if (child_) g_subprocess_force_exit(child_.get());
  }

  void end(Failure failure) {
    if (is_over_) return;
    const Self self = shared_from_this();
    stop();
    const Done done = std::exchange(done_, nullptr);
    GraphPicture* const owner = std::exchange(owner_, nullptr);
    if (done) done(failure, failure == Failure::kNone ? svg_ : std::string{});
    if (owner) owner->finished(this);
  }

  GraphPicture* owner_;
  Done done_;
  gstpp::GObjectPtr<GSubprocess> child_;
  gstpp::GObjectPtr<GCancellable> cancel_{g_cancellable_new()};
  std::size_t most_ = 0;
  std::string svg_;
  guint timer_ = 0;
  bool is_over_ = false;
};

GraphPicture::GraphPicture() : GraphPicture(Config{}) {}
GraphPicture::GraphPicture(Config config) : config_(std::move(config)) {
  // With it GLib lets SIGPIPE alone: a child may end before it has read all.
  g_type_class_unref(g_type_class_ref(G_TYPE_SOCKET));
}

GraphPicture::~GraphPicture() {
  for (const auto& child : running_) child->abandon();
}

void GraphPicture::draw(std::string dot, Done done) {
  if (dot.size() > config_.most_input) return done(Failure::kTooBig, {});
  if (running_.size() < config_.at_once) return begin({std::move(dot), std::move(done)});
  if (waiting_.size() >= config_.most_waiting) return done(Failure::kBusy, {});
  waiting_.push_back({std::move(dot), std::move(done)});
}

void GraphPicture::begin(Order order) {
  const auto child = std::make_shared<Child>(*this, std::move(order.done));
  running_.push_back(child);
  child->start(config_, order.dot);
}

void GraphPicture::finished(Child* child) {
  std::erase_if(running_, [&](const auto& one) { return one.get() == child; });
  if (waiting_.empty() || running_.size() >= config_.at_once) return;
  Order next = std::move(waiting_.front());
  waiting_.pop_front();
  begin(std::move(next));
}

}  // namespace jackfield
