
      export interface PossibleTypesResultData {
        possibleTypes: {
          [key: string]: string[]
        }
      }
      const result: PossibleTypesResultData = {
  "possibleTypes": {
    "AdjustStockResult": [
      "AdjustStockSuccess",
      "IdempotencyKeyReused",
      "InvalidInput",
      "OutOfStock",
      "ProductNotFound"
    ],
    "CancelOrderResult": [
      "CancelOrderSuccess",
      "InvalidInput",
      "OrderNotCancellable",
      "OrderNotFound"
    ],
    "ChangePasswordResult": [
      "ChangePasswordSuccess",
      "InvalidCredentials",
      "InvalidInput"
    ],
    "CompleteTodoResult": [
      "CompleteTodoSuccess",
      "TodoNotFound"
    ],
    "CreateProductResult": [
      "CreateProductSuccess",
      "InvalidInput",
      "SkuTaken"
    ],
    "CreateTodoResult": [
      "CreateTodoSuccess",
      "InvalidInput"
    ],
    "DeleteAccountResult": [
      "DeleteAccountSuccess",
      "InvalidCredentials"
    ],
    "DeleteTodoResult": [
      "DeleteTodoSuccess",
      "TodoNotFound"
    ],
    "Error": [
      "EmailTaken",
      "IdempotencyKeyReused",
      "InvalidCredentials",
      "InvalidInput",
      "InvalidRefreshToken",
      "OrderNotCancellable",
      "OrderNotFound",
      "OrderNotShippable",
      "OutOfStock",
      "PriceChanged",
      "ProductNotFound",
      "ProductVersionConflict",
      "ProductsUnavailable",
      "SkuTaken",
      "TodoNotFound",
      "TodoVersionConflict",
      "TooManyAttempts",
      "UsernameTaken"
    ],
    "Node": [
      "Order",
      "Product",
      "Todo",
      "User"
    ],
    "PlaceOrderResult": [
      "IdempotencyKeyReused",
      "InvalidInput",
      "OutOfStock",
      "PlaceOrderSuccess",
      "PriceChanged",
      "ProductsUnavailable"
    ],
    "RefreshSessionResult": [
      "InvalidRefreshToken",
      "RefreshSessionSuccess"
    ],
    "ReopenTodoResult": [
      "ReopenTodoSuccess",
      "TodoNotFound"
    ],
    "RetireProductResult": [
      "ProductNotFound",
      "RetireProductSuccess"
    ],
    "ShipOrderResult": [
      "OrderNotFound",
      "OrderNotShippable",
      "ShipOrderSuccess"
    ],
    "SignInResult": [
      "InvalidCredentials",
      "SignInSuccess",
      "TooManyAttempts"
    ],
    "SignUpResult": [
      "EmailTaken",
      "InvalidInput",
      "SignUpSuccess",
      "UsernameTaken"
    ],
    "UpdateProductResult": [
      "InvalidInput",
      "ProductNotFound",
      "ProductVersionConflict",
      "UpdateProductSuccess"
    ],
    "UpdateProfileResult": [
      "InvalidInput",
      "UpdateProfileSuccess",
      "UsernameTaken"
    ],
    "UpdateTodoResult": [
      "InvalidInput",
      "TodoNotFound",
      "TodoVersionConflict",
      "UpdateTodoSuccess"
    ]
  }
};
      export default result;
    