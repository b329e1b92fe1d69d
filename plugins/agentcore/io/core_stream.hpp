// One gRPC stream to an agent core. What comes of it is told in one thread of the process, however
// many streams there are. It lives until its end was told.
//
// Not by gRPC's callback API: its threads end with the last channel, and a channel that is given up
// by the last reaction takes them down with itself (gRPC 1.51).
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <mutex>
#include <string>

#include "core_session.hpp"

namespace agentcore {

class CoreStream final : public std::enable_shared_from_this<CoreStream> {
 public:
  // Called in that thread; must not block.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void received(CoreStream* stream, const std::string& bytes) = 0;
    virtual void written(CoreStream* stream) = 0;
    // The last call.
    virtual void closed(CoreStream* stream, const StreamEnd& end) = 0;
  };

  static std::shared_ptr<CoreStream> open(std::shared_ptr<grpc::Channel> channel,
                                          const std::string& token,
                                          std::shared_ptr<Listener> listener);

  // Any thread. One message at a time: the next one when written() was called.
  void write(const std::string& bytes);
  void finish_writing();  // nothing follows
  void cancel();

 private:
  // An operation that gRPC has begun; its address is the tag.
  struct Operation {
    CoreStream* stream;
    void (CoreStream::*done)(bool ok);
  };
  static grpc::CompletionQueue& queue();

  CoreStream(std::shared_ptr<grpc::Channel> channel, std::shared_ptr<Listener> listener)
      : channel_(std::move(channel)), listener_(std::move(listener)) {}

  void complete(const Operation& operation, bool ok);
  void on_started(bool ok);
  void on_read(bool ok);
  void on_written(bool ok);
  void on_writes_done(bool) {}
  void on_finished(bool) { finished_ = true; }
  void read();
  void write_now();  // with the mutex held
  void finish();

  const std::shared_ptr<grpc::Channel> channel_;
  const std::shared_ptr<Listener> listener_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  std::shared_ptr<CoreStream> self_;  // until the end
  grpc::ByteBuffer incoming_;
  grpc::Status status_;
  bool finished_ = false;  // of the thread

  Operation started_{this, &CoreStream::on_started};
  Operation read_{this, &CoreStream::on_read};
  Operation written_{this, &CoreStream::on_written};
  Operation writes_done_{this, &CoreStream::on_writes_done};
  Operation finish_{this, &CoreStream::on_finished};

  std::mutex mutex_;
  int running_ = 0;       // operations
  bool begun_ = false;    // may be written to
  bool waiting_ = false;  // a message, until it may be
  bool over_ = false;     // no operation may begin
  grpc::ByteBuffer outgoing_;
};

}  // namespace agentcore
