#include "core_stream.hpp"

#include <utility>
#include <vector>

namespace agentcore {
namespace {

constexpr char kMethod[] = "/jackfield.agentcore.v1.AgentCore/Converse";

}  // namespace

std::shared_ptr<CoreStream> CoreStream::open(std::shared_ptr<grpc::Channel> channel,
                                             const std::string& token,
                                             std::shared_ptr<Listener> listener) {
  std::shared_ptr<CoreStream> stream(new CoreStream(std::move(channel), std::move(listener)));
  stream->self_ = stream;
  if (!token.empty()) stream->context_.AddMetadata("authorization", "Bearer " + token);
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub(stream->channel_);
  stub.PrepareBidiStreamingCall(&stream->context_, kMethod, {}, stream.get());
  stream->AddHold();
  stream->StartRead(&stream->incoming_);
  stream->StartCall();
  return stream;
}

void CoreStream::write(const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  if (!held_) return;
  const grpc::Slice slice(bytes);
  outgoing_ = grpc::ByteBuffer(&slice, 1);
  StartWrite(&outgoing_);
}

void CoreStream::finish_writing() {
  const std::lock_guard lock(mutex_);
  if (held_) StartWritesDone();
}

void CoreStream::cancel() { context_.TryCancel(); }

void CoreStream::OnReadDone(bool ok) {
  if (!ok) {
    // The stream is over, and so are operations from outside.
    const std::lock_guard lock(mutex_);
    if (std::exchange(held_, false)) RemoveHold();
    return;
  }
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (incoming_.Dump(&slices).ok()) {
    bytes.reserve(incoming_.Length());
    for (const grpc::Slice& slice : slices)
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  incoming_.Clear();
  listener_->received(this, bytes);
  StartRead(&incoming_);
}

void CoreStream::OnWriteDone(bool ok) {
  if (ok) listener_->written(this);
}

void CoreStream::OnDone(const grpc::Status& status) {
  const std::shared_ptr<CoreStream> self = std::move(self_);
  listener_->closed(this, {static_cast<int>(status.error_code()), status.error_message()});
}

}  // namespace agentcore
