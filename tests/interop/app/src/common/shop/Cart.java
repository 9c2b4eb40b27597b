package shop;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** A class of the application's own, as it may be an attribute of a session. */
@JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
public class Cart implements Serializable {
    private static final long serialVersionUID = 77;
    private String currency = "EUR";
    private List<Item> items = new ArrayList<>();
    private Cart next;

    static Cart filled() {
        Cart cart = new Cart();
        cart.items.add(new Item("sku-ü-1", 2, "19.90"));
        cart.items.add(new Item("sku-2\u001b[31mred", 1, "1234567890.123"));
        return cart;
    }

    /** One line of it. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
    @JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
    public static class Item implements Serializable {
        private static final long serialVersionUID = 78;
        private String sku;
        private int count;
        private BigDecimal price;

        Item() {}

        Item(String sku, int count, String price) {
            this.sku = sku;
            this.count = count;
            this.price = new BigDecimal(price);
        }
    }
}
