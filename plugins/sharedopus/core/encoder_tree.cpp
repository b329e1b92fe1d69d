#include "encoder_tree.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace sharedopus {
namespace {

// A frame in more pieces than this (buffers of less than 2 ms) is not shared.
constexpr std::size_t kMostParts = 16;
// Nodes of a line that only one listens to: its last, and the one that others may join it at.
constexpr std::size_t kKeptAlone = 2;
constexpr std::size_t kMostFreeStates = 8;

}  // namespace

EncoderTree::Node::Node(EncoderTree& tree, std::unique_ptr<EncoderState> state)
    : tree_(tree), state_(std::move(state)) {}

EncoderTree::Node::~Node() { tree_.forget(*this); }

void EncoderTree::Node::encode(std::span<const std::byte> samples) noexcept {
  state_->copy(*parent_->state_);
  error_ = state_->encode(samples, controls_, packet_);
}

std::size_t EncoderTree::FrameHash::operator()(const FrameKey& key) const {
  std::size_t hash = 0;
  for (const FrameKey::Part& part : key.parts) {
    hash = hash * 0x9E3779B97F4A7C15 + std::hash<const void*>{}(part.memory);
    hash = hash * 0x9E3779B97F4A7C15 + part.offset;
  }
  return hash;
}

EncoderTree::EncoderTree(const Format& format, std::size_t history)
    : format_(format), history_(std::max(history, kKeptAlone)) {
  root_ = std::make_shared<Node>(*this, std::make_unique<EncoderState>(format));
  ++node_count_;
  root_->done_ = true;
  root_->lineage_ = std::make_shared<Lineage>();
  lookahead_ = root_->state_->lookahead();
}

// All members have left.
EncoderTree::~EncoderTree() { root_.reset(); }

std::shared_ptr<EncoderTree::Frame> EncoderTree::frame_of(const CutFrame& cut,
                                                          const Controls& controls) {
  if (!cut.shareable || cut.slices.size() > kMostParts) return nullptr;
  looked_for_.parts.clear();
  for (const Slice& slice : cut.slices)
    looked_for_.parts.push_back({slice.memory, slice.offset, slice.bytes});
  looked_for_.controls = controls;
  const auto found = frames_.find(looked_for_);
  if (found != frames_.end()) return found->second.lock();
  auto frame = std::make_shared<Frame>();
  frame->serial = next_serial_++;
  for (const Slice& slice : cut.slices) frame->holds.push_back(slice.hold);
  const auto [place, is_new] = frames_.emplace(looked_for_, frame);
  frame->key = &place->first;
  return frame;
}

void EncoderTree::forget(Node& node) {
  --node_count_;
  if (node.state_ && free_states_.size() < kMostFreeStates)
    free_states_.push_back(std::move(node.state_));
  Frame* frame = node.frame_.get();
  if (!frame) return;
  std::erase(frame->nodes, &node);
  if (!frame->nodes.empty()) return;
  frames_.erase(frames_.find(*frame->key));
  std::move(frame->holds.begin(), frame->holds.end(), std::back_inserter(dropped_));
}

std::unique_ptr<EncoderState> EncoderTree::new_state() {
  if (free_states_.empty()) return std::make_unique<EncoderState>(format_);
  auto state = std::move(free_states_.back());
  free_states_.pop_back();
  return state;
}

void EncoderTree::move(Member& member, const NodePtr& to) {
  const NodePtr from = std::exchange(member.node, to);
  Lineage* old = from ? from->lineage_.get() : nullptr;
  Lineage* now = to ? to->lineage_.get() : nullptr;
  if (old == now) return;
  if (now) ++now->members;
  // Nodes keep their line and lines their nodes, until nobody listens to a line any more.
  if (old && --old->members == 0) std::exchange(old->kept, {}).clear();
}

// The line that more listen to stays; of equal ones the older.
void EncoderTree::join_another(Member& member) {
  const Node& here = *member.node;
  if (std::find(here.recent_.begin(), here.recent_.end(), 0) != here.recent_.end()) return;
  const auto rank = [](const Node& node) {
    return std::pair(node.lineage_->members, ~node.lineage_->id);
  };
  Node* best = member.node.get();
  for (Node* other : here.frame_->nodes) {
    if (other->done_ && other->error_ == 0 && other->lineage_->members > 0 &&
        other->recent_ == here.recent_ && rank(*other) > rank(*best))
      best = other;
  }
  if (best == member.node.get()) return;
  const auto kept = std::find_if(best->lineage_->kept.begin(), best->lineage_->kept.end(),
                                 [&](const NodePtr& node) { return node.get() == best; });
  if (kept != best->lineage_->kept.end()) move(member, NodePtr{*kept});
}

EncoderTree::NodePtr EncoderTree::child_of(const Node& node, const Frame* frame) {
  if (!frame) return nullptr;
  for (const std::weak_ptr<Node>& weak : node.children_) {
    NodePtr child = weak.lock();
    if (child && child->frame_.get() == frame) return child;
  }
  return nullptr;
}

EncoderTree::NodePtr EncoderTree::make_child(const NodePtr& parent, std::shared_ptr<Frame> frame,
                                             const Controls& controls) {
  NodePtr node = std::make_shared<Node>(*this, new_state());
  ++node_count_;
  node->parent_ = parent;
  node->controls_ = controls;
  std::copy(parent->recent_.begin(), parent->recent_.end() - 1, node->recent_.begin() + 1);
  node->recent_.front() = frame ? frame->serial : 0;
  if (frame) frame->nodes.push_back(node.get());
  node->frame_ = std::move(frame);

  std::erase_if(parent->children_, [](const std::weak_ptr<Node>& weak) { return weak.expired(); });
  parent->children_.push_back(node);
  Lineage& line = *parent->lineage_;
  if (!line.kept.empty() && line.kept.back() == parent) {
    node->lineage_ = parent->lineage_;
  } else {
    node->lineage_ = std::make_shared<Lineage>();
    node->lineage_->id = next_lineage_++;
  }
  std::deque<NodePtr>& kept = node->lineage_->kept;
  kept.push_back(node);
  const std::size_t most = node->lineage_->members > 1 ? history_ : kKeptAlone;
  while (kept.size() > most) kept.pop_front();
  return node;
}

EncoderTree::Next EncoderTree::next(Member& member, const CutFrame& cut, const Controls& controls) {
  if (!member.node)
    move(member, root_);
  else
    join_another(member);
  std::shared_ptr<Frame> frame = frame_of(cut, controls);
  NodePtr node = child_of(*member.node, frame.get());
  const bool encode = !node;
  if (encode) node = make_child(member.node, std::move(frame), controls);
  move(member, node);
  return {std::move(node), encode};
}

void EncoderTree::done(Node& node) {
  node.parent_.reset();
  node.done_ = true;
  ++encoded_;
}

void EncoderTree::leave(Member& member) { move(member, nullptr); }

}  // namespace sharedopus
