// An agent core in the test's own process, that does what the test says, good or bad. It speaks in
// bytes, so that it can also send what is no message.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "agentcore.pb.h"

namespace test_support {

namespace v1 = jackfield::agentcore::v1;

class FakeCore {
 public:
  class Stream;
  // Called for each message, in the core's one thread. True: it was dealt with; else the core does
  // what a good one does.
  using Script = std::function<bool(Stream&, const v1::ToCore&)>;

  class Stream final : public std::enable_shared_from_this<Stream> {
   public:
    explicit Stream(FakeCore& core) : core_(core) {}

    // Takes the next call that comes.
    void wait_for_call(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue) {
      self_ = shared_from_this();
      context_.AsyncNotifyWhenDone(&cancelled_);
      running_ = 1;
      service.RequestCall(&context_, &call_, &queue, &queue, &accepted_);
    }
    void send(const v1::FromCore& message) { send_bytes(message.SerializeAsString()); }
    void send_bytes(const std::string& bytes) {
      const std::lock_guard lock(mutex_);
      if (finished_) return;
      queue_.push_back(bytes);
      write_next();
    }
    void finish(grpc::StatusCode code, const std::string& why = "") {
      const std::lock_guard lock(mutex_);
      if (std::exchange(finished_, true)) return;
      status_ = {code, why};
      if (!writing_) finish_now();
    }
    void ready() {
      v1::FromCore message;
      message.mutable_ready()->set_name("fake core");
      send(message);
    }
    void text(std::uint64_t request, const std::string& delta) {
      v1::FromCore message;
      message.mutable_text()->set_request_id(request);
      message.mutable_text()->set_delta(delta);
      send(message);
    }
    void end(std::uint64_t request, bool hang_up = false, const std::string& transfer = "") {
      v1::FromCore message;
      message.mutable_reply_end()->set_request_id(request);
      message.mutable_reply_end()->set_hang_up(hang_up);
      message.mutable_reply_end()->set_transfer(transfer);
      send(message);
    }
    void call(std::uint64_t request, const std::string& id, const std::string& name,
              const std::string& arguments) {
      v1::FromCore message;
      message.mutable_tool_call()->set_request_id(request);
      message.mutable_tool_call()->set_call_id(id);
      message.mutable_tool_call()->set_name(name);
      message.mutable_tool_call()->set_arguments(arguments);
      send(message);
    }
    // Nothing more is read from here on.
    void stop_reading() { reading_ = false; }

    const grpc::GenericServerContext& context() const { return context_; }

    // An operation that gRPC has begun; its address is the tag.
    struct Operation {
      Stream* stream;
      void (Stream::*done)(bool ok);
    };
    static void complete(void* tag, bool ok) {
      const auto& operation = *static_cast<const Operation*>(tag);
      Stream& stream = *operation.stream;
      (stream.*operation.done)(ok);
      std::shared_ptr<Stream> self;
      {
        const std::lock_guard lock(stream.mutex_);
        if (--stream.running_ == 0) self = std::move(stream.self_);
      }
      if (self) stream.core_.gone(&stream);
    }

   private:
    // These three with the mutex held.
    void write_next() {
      if (writing_ || queue_.empty() || finished_) return;
      writing_ = true;
      const grpc::Slice slice(queue_.front());
      outgoing_ = grpc::ByteBuffer(&slice, 1);
      queue_.pop_front();
      ++running_;
      call_.Write(outgoing_, &written_);
    }
    void read_next() {
      if (!reading_ || finished_) return;
      ++running_;
      call_.Read(&incoming_, &read_);
    }
    void finish_now() {
      ++running_;
      call_.Finish(status_, &finish_);
    }
    void on_accepted(bool ok) {
      if (!ok) return;  // the server ends
      {
        const std::lock_guard lock(mutex_);
        ++running_;  // AsyncNotifyWhenDone
      }
      core_.take_stream(*this);
      const std::lock_guard lock(mutex_);
      read_next();
    }
    void on_read(bool ok) {
      if (!ok) return finish(grpc::StatusCode::OK);
      std::vector<grpc::Slice> slices;
      std::string bytes;
      if (incoming_.Dump(&slices).ok()) {
        for (const grpc::Slice& slice : slices)
          bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
      }
      incoming_.Clear();
      v1::ToCore message;
      if (message.ParseFromString(bytes)) core_.take(*this, message);
      const std::lock_guard lock(mutex_);
      read_next();
    }
    void on_written(bool) {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      if (finished_) {
        finish_now();
      } else {
        write_next();
      }
    }
    void on_cancelled(bool) {
      if (context_.IsCancelled()) finish(grpc::StatusCode::CANCELLED);
    }
    void on_finished(bool) {}

    Operation accepted_{this, &Stream::on_accepted};
    Operation read_{this, &Stream::on_read};
    Operation written_{this, &Stream::on_written};
    Operation cancelled_{this, &Stream::on_cancelled};
    Operation finish_{this, &Stream::on_finished};

    FakeCore& core_;
    grpc::GenericServerContext context_;
    grpc::GenericServerAsyncReaderWriter call_{&context_};
    grpc::ByteBuffer incoming_, outgoing_;
    std::atomic<bool> reading_{true};

    std::mutex mutex_;
    std::shared_ptr<Stream> self_;  // while there are operations
    int running_ = 0;               // of these
    std::deque<std::string> queue_;
    grpc::Status status_;
    bool writing_ = false;
    bool finished_ = false;
  };

  FakeCore() { start(0); }
  ~FakeCore() { stop(); }

  // `credentials`: none for plain text.
  void start(int port, std::shared_ptr<grpc::ServerCredentials> credentials = nullptr) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port),
                             credentials ? credentials : grpc::InsecureServerCredentials(), &port_);
    server_ = std::make_unique<Server>();
    builder.RegisterAsyncGenericService(&server_->service);
    server_->queue = builder.AddCompletionQueue();
    server_->server = builder.BuildAndStart();
    wait_for_call();
    server_->thread = std::thread([queue = server_->queue.get()] {
      void* tag = nullptr;
      for (bool ok = false; queue->Next(&tag, &ok);) Stream::complete(tag, ok);
    });
  }
  // As if it had been killed.
  void stop() {
    if (!server_) return;
    server_->server->Shutdown(std::chrono::system_clock::now());
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [&] { return streams_.empty() && !waiting_; });
    }
    server_->queue->Shutdown();
    server_->thread.join();
    server_.reset();
  }
  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  void script(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  void expect_token(const std::string& token) {
    const std::lock_guard lock(mutex_);
    token_ = token;
  }
  std::vector<v1::ToCore> messages() {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  // The newest of a kind, when there are `count` of them; none: they did not come.
  template <typename Has>
  v1::ToCore wait_for(Has has, int count = 1) {
    std::unique_lock lock(mutex_);
    v1::ToCore found;
    const auto there = [&] {
      int seen = 0;
      for (const v1::ToCore& message : messages_) {
        if (!has(message)) continue;
        found = message;
        ++seen;
      }
      return seen >= count;
    };
    if (!arrived_.wait_for(lock, std::chrono::seconds(30), there)) return {};
    return found;
  }
  // The stream that was opened last, while there is one.
  std::shared_ptr<Stream> stream() {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, std::chrono::seconds(30), [&] { return !streams_.empty(); });
    return streams_.empty() ? nullptr : streams_.back();
  }
  // Connections that there ever were.
  std::size_t peers() {
    const std::lock_guard lock(mutex_);
    return peers_.size();
  }
  bool wait_for_no_stream() {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, std::chrono::seconds(30), [&] { return streams_.empty(); });
  }

 private:
  struct Server {
    grpc::AsyncGenericService service;
    std::unique_ptr<grpc::ServerCompletionQueue> queue;
    std::unique_ptr<grpc::Server> server;
    std::thread thread;
  };

  void wait_for_call() {
    const auto stream = std::make_shared<Stream>(*this);
    {
      const std::lock_guard lock(mutex_);
      waiting_ = stream;
    }
    stream->wait_for_call(server_->service, *server_->queue);
  }
  void take_stream(Stream& stream) {
    const grpc::GenericServerContext& context = stream.context();
    const auto& metadata = context.client_metadata();
    const auto shown = metadata.find("authorization");
    bool known = false;
    {
      const std::lock_guard lock(mutex_);
      known = token_.empty() ||
              (shown != metadata.end() &&
               std::string(shown->second.data(), shown->second.size()) == "Bearer " + token_);
      streams_.push_back(std::move(waiting_));
      peers_.insert(context.peer());
      arrived_.notify_all();
    }
    wait_for_call();
    if (context.method() != "/jackfield.agentcore.v1.AgentCore/Converse") {
      stream.finish(grpc::StatusCode::UNIMPLEMENTED);
    } else if (!known) {
      stream.finish(grpc::StatusCode::UNAUTHENTICATED, "who are you?");
    }
  }
  void take(Stream& stream, const v1::ToCore& message) {
    Script script;
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(message);
      script = script_;
      arrived_.notify_all();
    }
    if (script && script(stream, message)) return;
    if (message.has_open()) {
      stream.ready();
    } else if (message.has_turn()) {
      const std::uint64_t request = message.turn().request_id();
      for (const char* part : {"You ", "said: "}) stream.text(request, part);
      stream.text(request, message.turn().text());
      stream.end(request);
    } else if (message.has_ping()) {
      v1::FromCore pong;
      pong.mutable_pong()->set_number(message.ping().number());
      stream.send(pong);
    }
  }
  void gone(Stream* stream) {
    const std::lock_guard lock(mutex_);
    if (waiting_.get() == stream) waiting_.reset();
    std::erase_if(streams_, [&](const auto& one) { return one.get() == stream; });
    arrived_.notify_all();
  }

  int port_ = 0;
  std::unique_ptr<Server> server_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::string token_;
  Script script_;
  std::vector<v1::ToCore> messages_;
  std::shared_ptr<Stream> waiting_;  // for the next call
  std::vector<std::shared_ptr<Stream>> streams_;
  std::set<std::string> peers_;
};

}  // namespace test_support
