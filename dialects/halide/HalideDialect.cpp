//===- HalideDialect.cpp - The halide dialect -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideDialect.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::eke::halide;

#include "dialects/halide/HalideDialect.cpp.inc"

void HalideDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "dialects/halide/HalideOps.cpp.inc"
      >();
}

/// The number of distinct strings in `names`, or nothing if one is no string.
static std::optional<size_t> countDistinct(ArrayAttr names) {
  llvm::SmallDenseSet<Attribute> distinct;
  for (Attribute name : names) {
    if (!isa<StringAttr>(name))
      return std::nullopt;
    distinct.insert(name);
  }
  return distinct.size();
}

LogicalResult HalideDialect::verifyOperationAttribute(Operation *op,
                                                      NamedAttribute attr) {
  if (attr.getName() == stageAttrName) {
    if (!isa<StringAttr>(attr.getValue()))
      return op->emitOpError("expected '") << stageAttrName << "' as a string";
    return success();
  }
  if (attr.getName() == varsAttrName) {
    auto names = dyn_cast<ArrayAttr>(attr.getValue());
    std::optional<size_t> distinct;
    if (names)
      distinct = countDistinct(names);
    if (!distinct)
      return op->emitOpError("expected '")
             << varsAttrName << "' as an array of strings";
    // Attributes are verified before their op, which may be without its maps.
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (linalgOp && failed(op->getName().verifyInvariants(op)))
      return failure();
    if (linalgOp && names.size() != linalgOp.getNumLoops()) // (C9)
      return op->emitOpError("has ")
             << linalgOp.getNumLoops() << " loops but '" << varsAttrName
             << "' names " << names.size();
    if (*distinct != names.size()) // (C9)
      return op->emitOpError("has two loops of one name in '")
             << varsAttrName << "'";
    return success();
  }
  if (attr.getName() == extentMultipleAttrName) {
    auto multiple = dyn_cast<IntegerAttr>(attr.getValue());
    if (!multiple || multiple.getInt() < 1)
      return op->emitOpError("expected '")
             << extentMultipleAttrName << "' as a positive integer";
    return success();
  }
  return op->emitOpError("unknown attribute '")
         << attr.getName().getValue() << "'";
}

SmallVector<std::string> mlir::eke::halide::getLoopNames(Operation *op) {
  SmallVector<std::string> names;
  if (auto vars = op->getAttrOfType<ArrayAttr>(varsAttrName)) {
    for (Attribute name : vars)
      names.push_back(cast<StringAttr>(name).str());
    return names;
  }
  for (unsigned i = 0; i < cast<linalg::LinalgOp>(op).getNumLoops(); ++i)
    names.push_back("d" + std::to_string(i));
  return names;
}
