import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "../../../openapi.yaml",
  // Node runs the files as they are, so an import names its file in full.
  output: { path: "client", module: { extension: ".ts" } },
  plugins: [
    "@hey-api/client-fetch",
    "@hey-api/sdk",
    // Gives `RatingValue.LIKE`; the name stands in the contract.
    { name: "@hey-api/typescript", enums: "javascript" },
  ],
});
