# Every third-party package this project uses, found in one place.
find_package(MLIR 22.1 REQUIRED CONFIG)
find_package(Halide REQUIRED)
find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")

set(LLVM_RUNTIME_OUTPUT_INTDIR "${PROJECT_BINARY_DIR}/bin")
set(LLVM_LIBRARY_OUTPUT_INTDIR "${PROJECT_BINARY_DIR}/lib")
set(LLVM_EXTERNAL_LIT "${LLVM_TOOLS_BINARY_DIR}/lit")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
include(HandleLLVMOptions)

# The tools that compile the runtime and link binaries; of LLVM's own version,
# so that its bitcode can be read.
find_program(EKE_CLANG NAMES clang-${LLVM_VERSION_MAJOR} clang
  HINTS "${LLVM_TOOLS_BINARY_DIR}" REQUIRED)
find_program(EKE_LLD NAMES ld.lld-${LLVM_VERSION_MAJOR} ld.lld
  HINTS "${LLVM_TOOLS_BINARY_DIR}" REQUIRED)

# One usage requirement instead of directory-wide include_directories().
add_library(eke_options INTERFACE)
target_include_directories(eke_options INTERFACE
  "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
target_include_directories(eke_options SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_link_libraries(eke_options INTERFACE MLIR LLVM)
