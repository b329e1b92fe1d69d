// One gRPC stream to an agent core. Its reactions come in gRPC's threads, of which a process has a
// few, however many streams there are. It lives until its end was told.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <memory>
#include <mutex>
#include <string>

#include "core_session.hpp"

namespace agentcore {

class CoreStream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public std::enable_shared_from_this<CoreStream> {
 public:
  // Called in gRPC's threads, one call at a time but for written().
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
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  CoreStream(std::shared_ptr<grpc::Channel> channel, std::shared_ptr<Listener> listener)
      : channel_(std::move(channel)), listener_(std::move(listener)) {}

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  const std::shared_ptr<grpc::Channel> channel_;
  const std::shared_ptr<Listener> listener_;
  grpc::ClientContext context_;
  std::shared_ptr<CoreStream> self_;  // until OnDone
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  std::mutex mutex_;
  bool held_ = true;  // operations may be started from outside of reactions
};

}  // namespace agentcore
