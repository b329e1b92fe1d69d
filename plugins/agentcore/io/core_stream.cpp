#include "core_stream.hpp"

#include <thread>
#include <utility>
#include <vector>

namespace agentcore {
namespace {

constexpr char kMethod[] = "/jackfield.agentcore.v1.AgentCore/Converse";

}  // namespace

// Queue and thread live until the process ends: streams may outlive static objects.
grpc::CompletionQueue& CoreStream::queue() {
  static grpc::CompletionQueue* const shared = [] {
    auto* made = new grpc::CompletionQueue;
    std::thread([made] {
      void* tag = nullptr;
      for (bool ok = false; made->Next(&tag, &ok);) {
        const auto& operation = *static_cast<const Operation*>(tag);
        operation.stream->complete(operation, ok);
      }
    }).detach();
    return made;
  }();
  return *shared;
}

std::shared_ptr<CoreStream> CoreStream::open(std::shared_ptr<grpc::Channel> channel,
                                             const std::string& token,
                                             std::shared_ptr<Listener> listener) {
  std::shared_ptr<CoreStream> stream(new CoreStream(std::move(channel), std::move(listener)));
  stream->self_ = stream;
  if (!token.empty()) stream->context_.AddMetadata("authorization", "Bearer " + token);
  const std::lock_guard lock(stream->mutex_);
  grpc::GenericStub stub(stream->channel_);
  stream->call_ = stub.PrepareCall(&stream->context_, kMethod, &queue());
  stream->running_ = 1;
  stream->call_->StartCall(&stream->started_);
  return stream;
}

void CoreStream::write(const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  if (over_) return;
  const grpc::Slice slice(bytes);
  outgoing_ = grpc::ByteBuffer(&slice, 1);
  if (begun_) {
    write_now();
  } else {
    waiting_ = true;
  }
}

void CoreStream::write_now() {
  ++running_;
  call_->Write(outgoing_, &written_);
}

void CoreStream::finish_writing() {
  const std::lock_guard lock(mutex_);
  if (over_ || !begun_) return;
  ++running_;
  call_->WritesDone(&writes_done_);
}

void CoreStream::cancel() { context_.TryCancel(); }

void CoreStream::complete(const Operation& operation, bool ok) {
  (this->*operation.done)(ok);
  {
    const std::lock_guard lock(mutex_);
    if (--running_ > 0 || !finished_) return;
  }
  const std::shared_ptr<CoreStream> self = std::move(self_);
  listener_->closed(this, {static_cast<int>(status_.error_code()), status_.error_message()});
}

void CoreStream::on_started(bool ok) {
  if (!ok) return finish();
  {
    const std::lock_guard lock(mutex_);
    begun_ = true;
    if (std::exchange(waiting_, false)) write_now();
  }
  read();
}

void CoreStream::read() {
  const std::lock_guard lock(mutex_);
  ++running_;
  call_->Read(&incoming_, &read_);
}

void CoreStream::on_read(bool ok) {
  if (!ok) return finish();
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (incoming_.Dump(&slices).ok()) {
    bytes.reserve(incoming_.Length());
    for (const grpc::Slice& slice : slices)
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  incoming_.Clear();
  listener_->received(this, bytes);
  read();
}

void CoreStream::on_written(bool ok) {
  if (ok) listener_->written(this);
}

void CoreStream::finish() {
  const std::lock_guard lock(mutex_);
  over_ = true;
  ++running_;
  call_->Finish(&status_, &finish_);
}

}  // namespace agentcore
